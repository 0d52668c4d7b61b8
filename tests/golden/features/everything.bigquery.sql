WITH `t15` AS (
  SELECT
    `t1`.`at`,
    `t1`.`n`,
    `t1`.`s`,
    IF(
      `t1`.`at` IS NOT NULL,
      GREATEST(`t1`.`at`, TIMESTAMP_ADD(`t1`.`at`, INTERVAL '1' MICROSECOND)),
      NULL
    ) AS `_x23_at`
  FROM `_rows` AS `t1`
), `t16` AS (
  SELECT
    `t2`.`b`,
    `t2`.`n`,
    `t2`.`s`,
    `t2`.`t`,
    `t2`.`told`,
    `t2`.`u`,
    `t2`.`x`,
    `t2`.`told` AS `_x23_at`,
    CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t2`.`t`, SECOND)) AS INT64) AS `_x23_local0`
  FROM `readings` AS `t2`
  WHERE
    `t2`.`told` > TIMESTAMP('2013-05-31T04:00:00+00:00')
    AND `t2`.`told` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
    AND `t2`.`s` IS NOT NULL
), `t17` AS (
  SELECT
    `t3`.`at`,
    `t3`.`late`,
    `t3`.`late_at`,
    `t3`.`s`,
    IF(
      `t3`.`late_at` IS NOT NULL,
      GREATEST(`t3`.`late_at`, TIMESTAMP_ADD(`t3`.`at`, INTERVAL '1' MICROSECOND)),
      NULL
    ) AS `_x23_at`
  FROM `_labels` AS `t3`
  WHERE
    `t3`.`late` IS NOT NULL
), `t36` AS (
  SELECT DISTINCT
    *
  FROM (
    SELECT
      `t0`.`s` AS `_x23_h1k0`,
      (
        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
      ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `_x23_us`
    FROM `events` AS `t0`
  ) AS `t25`
  WHERE
    `t25`.`_x23_h1k0` IS NOT NULL AND `t25`.`_x23_us` IS NOT NULL
), `t46` AS (
  SELECT
    `t38`.`_x23_h1k0`,
    `t38`.`_x23_us`,
    1 AS `_x23_asks`,
    CAST(NULL AS TIMESTAMP) AS `_x23_at`,
    0 AS `change`
  FROM `t36` AS `t38`
), `t66` AS (
  SELECT
    `t54`.`_x23_h1k0`,
    `t54`.`_x23_us`,
    `t54`.`value`,
    LEAD(`t54`.`_x23_us`, 1) OVER (PARTITION BY `t54`.`_x23_h1k0`, `t54`.`value` ORDER BY `t54`.`_x23_us` ASC) AS `next`
  FROM (
    SELECT DISTINCT
      `t19`.`s` AS `_x23_h1k0`,
      (
        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t19`.`_x23_at`, SECOND)) AS INT64) * 1000000
      ) + CAST(EXTRACT(microsecond FROM `t19`.`_x23_at`) AS INT64) AS `_x23_us`,
      CAST(IF(
        IF(ABS(`t19`.`x`) <= 3.4028234663852886e+38, `t19`.`x`, NULL) = 0,
        0.0,
        IF(ABS(`t19`.`x`) <= 3.4028234663852886e+38, `t19`.`x`, NULL)
      ) AS STRING) AS `value`
    FROM `t16` AS `t19`
    WHERE
      IF(ABS(`t19`.`x`) <= 3.4028234663852886e+38, `t19`.`x`, NULL) IS NOT NULL
  ) AS `t54`
), `t96` AS (
  SELECT
    `t84`.`_x23_h1k0`,
    `t84`.`_x23_us`,
    `t84`.`value`,
    LEAD(`t84`.`_x23_us`, 1) OVER (PARTITION BY `t84`.`_x23_h1k0`, `t84`.`value` ORDER BY `t84`.`_x23_us` ASC) AS `next`
  FROM (
    SELECT DISTINCT
      `t77`.`_x23_h1k0`,
      `t77`.`_x23_us`,
      `t77`.`value_kinds_of_hour` AS `value`
    FROM (
      SELECT
        `t19`.`s` AS `_x23_h1k0`,
        `t19`.`_x23_at`,
        (
          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t19`.`_x23_at`, SECOND)) AS INT64) * 1000000
        ) + CAST(EXTRACT(microsecond FROM `t19`.`_x23_at`) AS INT64) AS `_x23_us`,
        IF(ABS(`t19`.`x`) <= 3.4028234663852886e+38, `t19`.`x`, NULL) AS `value_averaged_floats`,
        IF(ABS(`t19`.`x`) <= 3.4028234663852886e+38, `t19`.`x`, NULL) AS `value_kinds_of_float`,
        CAST(EXTRACT(hour FROM CAST(TIMESTAMP_SECONDS(
          `t19`.`_x23_local0` + IF(
            `t19`.`_x23_local0` < 1414908000,
            IF(
              `t19`.`_x23_local0` < 702457200,
              IF(
                `t19`.`_x23_local0` < 341388000,
                IF(
                  `t19`.`_x23_local0` < 162370800,
                  IF(
                    `t19`.`_x23_local0` < 73465200,
                    IF(
                      `t19`.`_x23_local0` < 25682400,
                      IF(`t19`.`_x23_local0` < 9961200, -18000, -14400),
                      IF(
                        `t19`.`_x23_local0` < 41410800,
                        -18000,
                        IF(`t19`.`_x23_local0` < 57736800, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 120636000,
                      IF(
                        `t19`.`_x23_local0` < 89186400,
                        -14400,
                        IF(`t19`.`_x23_local0` < 104914800, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 126687600,
                        -18000,
                        IF(`t19`.`_x23_local0` < 152085600, -14400, -18000)
                      )
                    )
                  ),
                  IF(
                    `t19`.`_x23_local0` < 247039200,
                    IF(
                      `t19`.`_x23_local0` < 199263600,
                      IF(`t19`.`_x23_local0` < 183535200, -14400, -18000),
                      IF(
                        `t19`.`_x23_local0` < 215589600,
                        -14400,
                        IF(`t19`.`_x23_local0` < 230713200, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 294217200,
                      IF(
                        `t19`.`_x23_local0` < 262767600,
                        -18000,
                        IF(`t19`.`_x23_local0` < 278488800, -14400, -18000)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 309938400,
                        -14400,
                        IF(`t19`.`_x23_local0` < 325666800, -18000, -14400)
                      )
                    )
                  )
                ),
                IF(
                  `t19`.`_x23_local0` < 514969200,
                  IF(
                    `t19`.`_x23_local0` < 420015600,
                    IF(
                      `t19`.`_x23_local0` < 372837600,
                      IF(`t19`.`_x23_local0` < 357116400, -18000, -14400),
                      IF(
                        `t19`.`_x23_local0` < 388566000,
                        -18000,
                        IF(`t19`.`_x23_local0` < 404892000, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 467791200,
                      IF(
                        `t19`.`_x23_local0` < 436341600,
                        -14400,
                        IF(`t19`.`_x23_local0` < 452070000, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 483519600,
                        -18000,
                        IF(`t19`.`_x23_local0` < 499240800, -14400, -18000)
                      )
                    )
                  ),
                  IF(
                    `t19`.`_x23_local0` < 607503600,
                    IF(
                      `t19`.`_x23_local0` < 562140000,
                      IF(
                        `t19`.`_x23_local0` < 530690400,
                        -14400,
                        IF(`t19`.`_x23_local0` < 544604400, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 576054000,
                        -18000,
                        IF(`t19`.`_x23_local0` < 594194400, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 657093600,
                      IF(
                        `t19`.`_x23_local0` < 625644000,
                        -14400,
                        IF(`t19`.`_x23_local0` < 638953200, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 671007600,
                        -18000,
                        IF(`t19`.`_x23_local0` < 688543200, -14400, -18000)
                      )
                    )
                  )
                )
              ),
              IF(
                `t19`.`_x23_local0` < 1049612400,
                IF(
                  `t19`.`_x23_local0` < 877845600,
                  IF(
                    `t19`.`_x23_local0` < 783496800,
                    IF(
                      `t19`.`_x23_local0` < 733906800,
                      IF(`t19`.`_x23_local0` < 719992800, -14400, -18000),
                      IF(
                        `t19`.`_x23_local0` < 752047200,
                        -14400,
                        IF(`t19`.`_x23_local0` < 765356400, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 828860400,
                      IF(
                        `t19`.`_x23_local0` < 796806000,
                        -18000,
                        IF(`t19`.`_x23_local0` < 814946400, -14400, -18000)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 846396000,
                        -14400,
                        IF(`t19`.`_x23_local0` < 860310000, -18000, -14400)
                      )
                    )
                  ),
                  IF(
                    `t19`.`_x23_local0` < 954658800,
                    IF(
                      `t19`.`_x23_local0` < 909295200,
                      IF(`t19`.`_x23_local0` < 891759600, -18000, -14400),
                      IF(
                        `t19`.`_x23_local0` < 923209200,
                        -18000,
                        IF(`t19`.`_x23_local0` < 941349600, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 1004248800,
                      IF(
                        `t19`.`_x23_local0` < 972799200,
                        -14400,
                        IF(`t19`.`_x23_local0` < 986108400, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 1018162800,
                        -18000,
                        IF(`t19`.`_x23_local0` < 1035698400, -14400, -18000)
                      )
                    )
                  )
                ),
                IF(
                  `t19`.`_x23_local0` < 1225605600,
                  IF(
                    `t19`.`_x23_local0` < 1130652000,
                    IF(
                      `t19`.`_x23_local0` < 1081062000,
                      IF(`t19`.`_x23_local0` < 1067148000, -14400, -18000),
                      IF(
                        `t19`.`_x23_local0` < 1099202400,
                        -14400,
                        IF(`t19`.`_x23_local0` < 1112511600, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 1173596400,
                      IF(
                        `t19`.`_x23_local0` < 1143961200,
                        -18000,
                        IF(`t19`.`_x23_local0` < 1162101600, -14400, -18000)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 1194156000,
                        -14400,
                        IF(`t19`.`_x23_local0` < 1205046000, -18000, -14400)
                      )
                    )
                  ),
                  IF(
                    `t19`.`_x23_local0` < 1320559200,
                    IF(
                      `t19`.`_x23_local0` < 1268550000,
                      IF(
                        `t19`.`_x23_local0` < 1236495600,
                        -18000,
                        IF(`t19`.`_x23_local0` < 1257055200, -14400, -18000)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 1289109600,
                        -14400,
                        IF(`t19`.`_x23_local0` < 1299999600, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 1362898800,
                      IF(
                        `t19`.`_x23_local0` < 1331449200,
                        -18000,
                        IF(`t19`.`_x23_local0` < 1352008800, -14400, -18000)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 1383458400,
                        -14400,
                        IF(`t19`.`_x23_local0` < 1394348400, -18000, -14400)
                      )
                    )
                  )
                )
              )
            ),
            IF(
              `t19`.`_x23_local0` < 2120108400,
              IF(
                `t19`.`_x23_local0` < 1762063200,
                IF(
                  `t19`.`_x23_local0` < 1583650800,
                  IF(
                    `t19`.`_x23_local0` < 1489302000,
                    IF(
                      `t19`.`_x23_local0` < 1446357600,
                      IF(`t19`.`_x23_local0` < 1425798000, -18000, -14400),
                      IF(
                        `t19`.`_x23_local0` < 1457852400,
                        -18000,
                        IF(`t19`.`_x23_local0` < 1478412000, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 1541311200,
                      IF(
                        `t19`.`_x23_local0` < 1509861600,
                        -14400,
                        IF(`t19`.`_x23_local0` < 1520751600, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 1552201200,
                        -18000,
                        IF(`t19`.`_x23_local0` < 1572760800, -14400, -18000)
                      )
                    )
                  ),
                  IF(
                    `t19`.`_x23_local0` < 1667714400,
                    IF(
                      `t19`.`_x23_local0` < 1615705200,
                      IF(`t19`.`_x23_local0` < 1604210400, -14400, -18000),
                      IF(
                        `t19`.`_x23_local0` < 1636264800,
                        -14400,
                        IF(`t19`.`_x23_local0` < 1647154800, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 1710054000,
                      IF(
                        `t19`.`_x23_local0` < 1678604400,
                        -18000,
                        IF(`t19`.`_x23_local0` < 1699164000, -14400, -18000)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 1730613600,
                        -14400,
                        IF(`t19`.`_x23_local0` < 1741503600, -18000, -14400)
                      )
                    )
                  )
                ),
                IF(
                  `t19`.`_x23_local0` < 1930806000,
                  IF(
                    `t19`.`_x23_local0` < 1836457200,
                    IF(
                      `t19`.`_x23_local0` < 1793512800,
                      IF(`t19`.`_x23_local0` < 1772953200, -18000, -14400),
                      IF(
                        `t19`.`_x23_local0` < 1805007600,
                        -18000,
                        IF(`t19`.`_x23_local0` < 1825567200, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 1888466400,
                      IF(
                        `t19`.`_x23_local0` < 1857016800,
                        -14400,
                        IF(`t19`.`_x23_local0` < 1867906800, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 1899356400,
                        -18000,
                        IF(`t19`.`_x23_local0` < 1919916000, -14400, -18000)
                      )
                    )
                  ),
                  IF(
                    `t19`.`_x23_local0` < 2025759600,
                    IF(
                      `t19`.`_x23_local0` < 1983420000,
                      IF(
                        `t19`.`_x23_local0` < 1951365600,
                        -14400,
                        IF(`t19`.`_x23_local0` < 1962860400, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 1994310000,
                        -18000,
                        IF(`t19`.`_x23_local0` < 2014869600, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 2077768800,
                      IF(
                        `t19`.`_x23_local0` < 2046319200,
                        -14400,
                        IF(`t19`.`_x23_local0` < 2057209200, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 2088658800,
                        -18000,
                        IF(`t19`.`_x23_local0` < 2109218400, -14400, -18000)
                      )
                    )
                  )
                )
              ),
              IF(
                `t19`.`_x23_local0` < 2487823200,
                IF(
                  `t19`.`_x23_local0` < 2298520800,
                  IF(
                    `t19`.`_x23_local0` < 2204172000,
                    IF(
                      `t19`.`_x23_local0` < 2152162800,
                      IF(`t19`.`_x23_local0` < 2140668000, -14400, -18000),
                      IF(
                        `t19`.`_x23_local0` < 2172722400,
                        -14400,
                        IF(`t19`.`_x23_local0` < 2183612400, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 2246511600,
                      IF(
                        `t19`.`_x23_local0` < 2215062000,
                        -18000,
                        IF(`t19`.`_x23_local0` < 2235621600, -14400, -18000)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 2267071200,
                        -14400,
                        IF(`t19`.`_x23_local0` < 2277961200, -18000, -14400)
                      )
                    )
                  ),
                  IF(
                    `t19`.`_x23_local0` < 2393474400,
                    IF(
                      `t19`.`_x23_local0` < 2341465200,
                      IF(
                        `t19`.`_x23_local0` < 2309410800,
                        -18000,
                        IF(`t19`.`_x23_local0` < 2329970400, -14400, -18000)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 2362024800,
                        -14400,
                        IF(`t19`.`_x23_local0` < 2372914800, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 2435814000,
                      IF(
                        `t19`.`_x23_local0` < 2404364400,
                        -18000,
                        IF(`t19`.`_x23_local0` < 2424924000, -14400, -18000)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 2456373600,
                        -14400,
                        IF(`t19`.`_x23_local0` < 2467263600, -18000, -14400)
                      )
                    )
                  )
                ),
                IF(
                  `t19`.`_x23_local0` < 2656566000,
                  IF(
                    `t19`.`_x23_local0` < 2562217200,
                    IF(
                      `t19`.`_x23_local0` < 2519877600,
                      IF(`t19`.`_x23_local0` < 2499318000, -18000, -14400),
                      IF(
                        `t19`.`_x23_local0` < 2530767600,
                        -18000,
                        IF(`t19`.`_x23_local0` < 2551327200, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 2614226400,
                      IF(
                        `t19`.`_x23_local0` < 2582776800,
                        -14400,
                        IF(`t19`.`_x23_local0` < 2593666800, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 2625116400,
                        -18000,
                        IF(`t19`.`_x23_local0` < 2645676000, -14400, -18000)
                      )
                    )
                  ),
                  IF(
                    `t19`.`_x23_local0` < 2751519600,
                    IF(
                      `t19`.`_x23_local0` < 2709180000,
                      IF(
                        `t19`.`_x23_local0` < 2677125600,
                        -14400,
                        IF(`t19`.`_x23_local0` < 2688620400, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 2720070000,
                        -18000,
                        IF(`t19`.`_x23_local0` < 2740629600, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`_x23_local0` < 2803528800,
                      IF(
                        `t19`.`_x23_local0` < 2772079200,
                        -14400,
                        IF(`t19`.`_x23_local0` < 2782969200, -18000, -14400)
                      ),
                      IF(
                        `t19`.`_x23_local0` < 2814418800,
                        -18000,
                        IF(`t19`.`_x23_local0` < 2834978400, -14400, -18000)
                      )
                    )
                  )
                )
              )
            )
          )
        ) AS DATETIME)) AS INT64) AS `value_kinds_of_hour`
      FROM `t16` AS `t19`
    ) AS `t77`
    WHERE
      `t77`.`value_kinds_of_hour` IS NOT NULL
  ) AS `t84`
)
SELECT
  `t144`.`row`,
  `t144`.`at`,
  IF(ABS(`t144`.`timed_level`) <= 3.4028234663852886e+38, `t144`.`timed_level`, NULL) AS `level`,
  `t144`.`fixed_name` AS `name`,
  IF(
    ABS(`t144`.`x` + `t144`.`n`) <= 3.4028234663852886e+38,
    `t144`.`x` + `t144`.`n`,
    NULL
  ) AS `plus`,
  `t144`.`n` - `t144`.`m` AS `minus`,
  IF(
    ABS(`t144`.`x` * `t144`.`n`) <= 3.4028234663852886e+38,
    `t144`.`x` * `t144`.`n`,
    NULL
  ) AS `times`,
  IF(
    ABS(ieee_divide(`t144`.`x`, NULLIF(CAST(`t144`.`n` AS FLOAT64), 0.0))) <= 3.4028234663852886e+38,
    ieee_divide(`t144`.`x`, NULLIF(CAST(`t144`.`n` AS FLOAT64), 0.0)),
    NULL
  ) AS `ratio`,
  IF(
    ABS(
      ieee_divide(CAST(`t144`.`n` AS FLOAT64), NULLIF(CAST(`t144`.`m` AS FLOAT64), 0.0))
    ) <= 3.4028234663852886e+38,
    ieee_divide(CAST(`t144`.`n` AS FLOAT64), NULLIF(CAST(`t144`.`m` AS FLOAT64), 0.0)),
    NULL
  ) AS `whole_ratio`,
  IF(ABS(-(
    `t144`.`x`
  )) <= 3.4028234663852886e+38, -(
    `t144`.`x`
  ), NULL) AS `negative`,
  ABS(`t144`.`n`) AS `absolute`,
  IF(
    ABS(`t144`.`x`) <= 9007199254740992.0,
    CAST(FLOOR(IF(ABS(`t144`.`x`) <= 9007199254740992.0, `t144`.`x`, 0)) AS INT64),
    NULL
  ) AS `floored`,
  IF(
    ABS(`t144`.`x`) <= 9007199254740992.0,
    CAST(CEIL(IF(ABS(`t144`.`x`) <= 9007199254740992.0, `t144`.`x`, 0)) AS INT64),
    NULL
  ) AS `ceiled`,
  IF(
    ABS(IF(`t144`.`x` >= 0, SQRT(IF(`t144`.`x` >= 0, `t144`.`x`, 0)), NULL)) <= 3.4028234663852886e+38,
    IF(`t144`.`x` >= 0, SQRT(IF(`t144`.`x` >= 0, `t144`.`x`, 0)), NULL),
    NULL
  ) AS `root`,
  IF(
    ABS(IF(`t144`.`x` > 0, LN(IF(`t144`.`x` > 0, `t144`.`x`, 1)), NULL)) <= 3.4028234663852886e+38,
    IF(`t144`.`x` > 0, LN(IF(`t144`.`x` > 0, `t144`.`x`, 1)), NULL),
    NULL
  ) AS `log`,
  IF(
    ABS(IF(`t144`.`x` <= 700, EXP(IF(`t144`.`x` <= 700, `t144`.`x`, 0)), NULL)) <= 3.4028234663852886e+38,
    IF(`t144`.`x` <= 700, EXP(IF(`t144`.`x` <= 700, `t144`.`x`, 0)), NULL),
    NULL
  ) AS `power`,
  IF(
    ABS(
      IF(
        (
          `t144`.`x` IS NULL
        ) OR (
          `t144`.`n` IS NULL
        ) OR (
          3 IS NULL
        ),
        NULL,
        LEAST(`t144`.`x`, `t144`.`n`, 3)
      )
    ) <= 3.4028234663852886e+38,
    IF(
      (
        `t144`.`x` IS NULL
      ) OR (
        `t144`.`n` IS NULL
      ) OR (
        3 IS NULL
      ),
      NULL,
      LEAST(`t144`.`x`, `t144`.`n`, 3)
    ),
    NULL
  ) AS `smallest`,
  IF(
    (
      `t144`.`n` IS NULL
    ) OR (
      `t144`.`m` IS NULL
    ),
    NULL,
    GREATEST(`t144`.`n`, `t144`.`m`)
  ) AS `largest`,
  `t144`.`x` = `t144`.`y` AS `equal`,
  `t144`.`s` = `t144`.`u` AS `text_equal`,
  `t144`.`n` <> `t144`.`m` AS `unequal`,
  `t144`.`x` < `t144`.`n` AS `less`,
  `t144`.`s` < `t144`.`u` AS `text_less`,
  `t144`.`n` <= `t144`.`m` AS `at_most`,
  `t144`.`t` > `t144`.`v` AS `later`,
  `t144`.`s` >= `t144`.`u` AS `at_least`,
  `t144`.`b` AND (
    `t144`.`x` > 0
  ) AS `both`,
  `t144`.`b` OR `t144`.`c` AS `either`,
  NOT (
    `t144`.`b`
  ) AS `inverse`,
  `t144`.`s` IS NULL AS `unknown`,
  NOT (
    `t144`.`t` IS NULL
  ) AS `known`,
  `t144`.`s` IN ('a', 'b', '') AS `listed`,
  `t144`.`n` IN (1, 2, 3) AS `listed_numbers`,
  CASE WHEN `t144`.`x` > 0 THEN 'up' WHEN `t144`.`b` THEN `t144`.`s` ELSE NULL END AS `chosen`,
  IF(
    ABS(CASE WHEN `t144`.`s` = 'a' THEN 1 ELSE 2.5 END) <= 3.4028234663852886e+38,
    CASE WHEN `t144`.`s` = 'a' THEN 1 ELSE 2.5 END,
    NULL
  ) AS `chosen_number`,
  (
    `t144`.`x` >= 0
  ) AND (
    `t144`.`x` <= 10
  ) AS `between`,
  IF(
    ABS(COALESCE(`t144`.`x`, `t144`.`n`, 0)) <= 3.4028234663852886e+38,
    COALESCE(`t144`.`x`, `t144`.`n`, 0),
    NULL
  ) AS `filled`,
  CASE WHEN `t144`.`n` = 0 THEN NULL ELSE `t144`.`n` END AS `nulled`,
  TRANSLATE(`t144`.`s`, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') AS `small_letters`,
  TRANSLATE(`t144`.`s`, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') AS `capitals`,
  CAST(LENGTH(`t144`.`s`) AS INT64) AS `characters`,
  CONCAT(CONCAT(`t144`.`s`, '-'), `t144`.`u`) AS `joined`,
  IF(
    ABS(CAST(`t144`.`n` AS FLOAT64)) <= 3.4028234663852886e+38,
    CAST(`t144`.`n` AS FLOAT64),
    NULL
  ) AS `as_real`,
  CAST(`t144`.`b` AS INT64) AS `as_whole`,
  CAST(EXTRACT(hour FROM `t144`.`_x23_local0`) AS INT64) AS `hour_of`,
  CAST(EXTRACT(minute FROM `t144`.`_x23_local0`) AS INT64) AS `minute_of`,
  CAST((
    MOD(EXTRACT(dayofweek FROM `t144`.`_x23_local0`) + 5, 7)
  ) + 1 AS INT64) AS `weekday`,
  CAST(EXTRACT(day FROM `t144`.`_x23_local0`) AS INT64) AS `day_of`,
  CAST(EXTRACT(month FROM `t144`.`_x23_local0`) AS INT64) AS `month_of`,
  CAST(EXTRACT(year FROM `t144`.`_x23_local0`) AS INT64) AS `year_of`,
  CAST(EXTRACT(dayofyear FROM `t144`.`_x23_local0`) AS INT64) AS `yearday`,
  CAST((
    MOD(EXTRACT(dayofweek FROM CAST(`t144`.`d` AS DATETIME)) + 5, 7)
  ) + 1 AS INT64) AS `date_weekday`,
  CAST(EXTRACT(dayofyear FROM CAST(`t144`.`d` AS DATETIME)) AS INT64) AS `date_yearday`,
  CAST(EXTRACT(hour FROM CAST(`t144`.`d` AS DATETIME)) AS INT64) AS `date_hour`,
  IF(
    ABS(
      ieee_divide(
        CAST(CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t144`.`v`, SECOND)) AS INT64) - CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t144`.`t`, SECOND)) AS INT64) AS FLOAT64),
        NULLIF(CAST(60 AS FLOAT64), 0.0)
      )
    ) <= 3.4028234663852886e+38,
    ieee_divide(
      CAST(CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t144`.`v`, SECOND)) AS INT64) - CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t144`.`t`, SECOND)) AS INT64) AS FLOAT64),
      NULLIF(CAST(60 AS FLOAT64), 0.0)
    ),
    NULL
  ) AS `elapsed`,
  `t144`.`history_counted` AS `past_counted`,
  IF(
    ABS(`t144`.`history_averaged`) <= 3.4028234663852886e+38,
    `t144`.`history_averaged`,
    NULL
  ) AS `past_averaged`,
  IF(
    ABS(`t144`.`history_averaged_floats`) <= 3.4028234663852886e+38,
    `t144`.`history_averaged_floats`,
    NULL
  ) AS `past_averaged_floats`,
  `t144`.`history_added` AS `past_added`,
  IF(
    ABS(`t144`.`history_added_floats`) <= 3.4028234663852886e+38,
    `t144`.`history_added_floats`,
    NULL
  ) AS `past_added_floats`,
  `t144`.`history_smallest_text` AS `past_smallest_text`,
  `t144`.`history_largest_truth` AS `past_largest_truth`,
  `t144`.`history_latest_label` AS `past_latest_label`,
  IF(
    ABS(`t144`.`history_label_share`) <= 3.4028234663852886e+38,
    `t144`.`history_label_share`,
    NULL
  ) AS `past_label_share`,
  IF(ABS(`t144`.`history_days`) <= 3.4028234663852886e+38, `t144`.`history_days`, NULL) AS `past_days`,
  `t144`.`history_kinds_of_float` AS `past_kinds_of_float`,
  `t144`.`history_kinds_of_hour` AS `past_kinds_of_hour`,
  `t144`.`late`,
  `t144`.`late_at` AS `label_known_at`,
  `t144`.`timed__known_at`,
  `t144`.`history__0__at`,
  `t144`.`history__1__at`,
  `t144`.`history__2__at`,
  `t144`.`history__3__at`,
  `t144`.`history__4__at`,
  `t144`.`history__5__at`
FROM (
  SELECT
    `t143`.`row`,
    `t143`.`at`,
    `t143`.`x`,
    `t143`.`y`,
    `t143`.`n`,
    `t143`.`m`,
    `t143`.`s`,
    `t143`.`u`,
    `t143`.`b`,
    `t143`.`c`,
    `t143`.`t`,
    `t143`.`v`,
    `t143`.`d`,
    `t143`.`late`,
    `t143`.`late_at`,
    `t143`.`timed__known_at`,
    `t143`.`timed_level`,
    `t143`.`fixed_name`,
    `t143`.`_x23_event_us`,
    `t143`.`history_counted`,
    `t143`.`history_averaged`,
    `t143`.`history__0__at`,
    `t143`.`history_averaged_floats`,
    `t143`.`history__1__at`,
    `t143`.`history_kinds_of_float`,
    `t143`.`history_kinds_of_hour`,
    `t143`.`history_added`,
    `t143`.`history_added_floats`,
    `t143`.`history__2__at`,
    `t143`.`history_smallest_text`,
    `t143`.`history_largest_truth`,
    `t143`.`history__3__at`,
    `t143`.`history_label_share`,
    `t143`.`history__4__at`,
    `t143`.`history_latest_label`,
    `t143`.`history_days`,
    `t143`.`history__5__at`,
    CAST(TIMESTAMP_SECONDS(
      `t143`.`_x23_local0` + IF(
        `t143`.`_x23_local0` < 1414908000,
        IF(
          `t143`.`_x23_local0` < 702457200,
          IF(
            `t143`.`_x23_local0` < 341388000,
            IF(
              `t143`.`_x23_local0` < 162370800,
              IF(
                `t143`.`_x23_local0` < 73465200,
                IF(
                  `t143`.`_x23_local0` < 25682400,
                  IF(`t143`.`_x23_local0` < 9961200, -18000, -14400),
                  IF(
                    `t143`.`_x23_local0` < 41410800,
                    -18000,
                    IF(`t143`.`_x23_local0` < 57736800, -14400, -18000)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 120636000,
                  IF(
                    `t143`.`_x23_local0` < 89186400,
                    -14400,
                    IF(`t143`.`_x23_local0` < 104914800, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 126687600,
                    -18000,
                    IF(`t143`.`_x23_local0` < 152085600, -14400, -18000)
                  )
                )
              ),
              IF(
                `t143`.`_x23_local0` < 247039200,
                IF(
                  `t143`.`_x23_local0` < 199263600,
                  IF(`t143`.`_x23_local0` < 183535200, -14400, -18000),
                  IF(
                    `t143`.`_x23_local0` < 215589600,
                    -14400,
                    IF(`t143`.`_x23_local0` < 230713200, -18000, -14400)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 294217200,
                  IF(
                    `t143`.`_x23_local0` < 262767600,
                    -18000,
                    IF(`t143`.`_x23_local0` < 278488800, -14400, -18000)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 309938400,
                    -14400,
                    IF(`t143`.`_x23_local0` < 325666800, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t143`.`_x23_local0` < 514969200,
              IF(
                `t143`.`_x23_local0` < 420015600,
                IF(
                  `t143`.`_x23_local0` < 372837600,
                  IF(`t143`.`_x23_local0` < 357116400, -18000, -14400),
                  IF(
                    `t143`.`_x23_local0` < 388566000,
                    -18000,
                    IF(`t143`.`_x23_local0` < 404892000, -14400, -18000)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 467791200,
                  IF(
                    `t143`.`_x23_local0` < 436341600,
                    -14400,
                    IF(`t143`.`_x23_local0` < 452070000, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 483519600,
                    -18000,
                    IF(`t143`.`_x23_local0` < 499240800, -14400, -18000)
                  )
                )
              ),
              IF(
                `t143`.`_x23_local0` < 607503600,
                IF(
                  `t143`.`_x23_local0` < 562140000,
                  IF(
                    `t143`.`_x23_local0` < 530690400,
                    -14400,
                    IF(`t143`.`_x23_local0` < 544604400, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 576054000,
                    -18000,
                    IF(`t143`.`_x23_local0` < 594194400, -14400, -18000)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 657093600,
                  IF(
                    `t143`.`_x23_local0` < 625644000,
                    -14400,
                    IF(`t143`.`_x23_local0` < 638953200, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 671007600,
                    -18000,
                    IF(`t143`.`_x23_local0` < 688543200, -14400, -18000)
                  )
                )
              )
            )
          ),
          IF(
            `t143`.`_x23_local0` < 1049612400,
            IF(
              `t143`.`_x23_local0` < 877845600,
              IF(
                `t143`.`_x23_local0` < 783496800,
                IF(
                  `t143`.`_x23_local0` < 733906800,
                  IF(`t143`.`_x23_local0` < 719992800, -14400, -18000),
                  IF(
                    `t143`.`_x23_local0` < 752047200,
                    -14400,
                    IF(`t143`.`_x23_local0` < 765356400, -18000, -14400)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 828860400,
                  IF(
                    `t143`.`_x23_local0` < 796806000,
                    -18000,
                    IF(`t143`.`_x23_local0` < 814946400, -14400, -18000)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 846396000,
                    -14400,
                    IF(`t143`.`_x23_local0` < 860310000, -18000, -14400)
                  )
                )
              ),
              IF(
                `t143`.`_x23_local0` < 954658800,
                IF(
                  `t143`.`_x23_local0` < 909295200,
                  IF(`t143`.`_x23_local0` < 891759600, -18000, -14400),
                  IF(
                    `t143`.`_x23_local0` < 923209200,
                    -18000,
                    IF(`t143`.`_x23_local0` < 941349600, -14400, -18000)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 1004248800,
                  IF(
                    `t143`.`_x23_local0` < 972799200,
                    -14400,
                    IF(`t143`.`_x23_local0` < 986108400, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 1018162800,
                    -18000,
                    IF(`t143`.`_x23_local0` < 1035698400, -14400, -18000)
                  )
                )
              )
            ),
            IF(
              `t143`.`_x23_local0` < 1225605600,
              IF(
                `t143`.`_x23_local0` < 1130652000,
                IF(
                  `t143`.`_x23_local0` < 1081062000,
                  IF(`t143`.`_x23_local0` < 1067148000, -14400, -18000),
                  IF(
                    `t143`.`_x23_local0` < 1099202400,
                    -14400,
                    IF(`t143`.`_x23_local0` < 1112511600, -18000, -14400)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 1173596400,
                  IF(
                    `t143`.`_x23_local0` < 1143961200,
                    -18000,
                    IF(`t143`.`_x23_local0` < 1162101600, -14400, -18000)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 1194156000,
                    -14400,
                    IF(`t143`.`_x23_local0` < 1205046000, -18000, -14400)
                  )
                )
              ),
              IF(
                `t143`.`_x23_local0` < 1320559200,
                IF(
                  `t143`.`_x23_local0` < 1268550000,
                  IF(
                    `t143`.`_x23_local0` < 1236495600,
                    -18000,
                    IF(`t143`.`_x23_local0` < 1257055200, -14400, -18000)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 1289109600,
                    -14400,
                    IF(`t143`.`_x23_local0` < 1299999600, -18000, -14400)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 1362898800,
                  IF(
                    `t143`.`_x23_local0` < 1331449200,
                    -18000,
                    IF(`t143`.`_x23_local0` < 1352008800, -14400, -18000)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 1383458400,
                    -14400,
                    IF(`t143`.`_x23_local0` < 1394348400, -18000, -14400)
                  )
                )
              )
            )
          )
        ),
        IF(
          `t143`.`_x23_local0` < 2120108400,
          IF(
            `t143`.`_x23_local0` < 1762063200,
            IF(
              `t143`.`_x23_local0` < 1583650800,
              IF(
                `t143`.`_x23_local0` < 1489302000,
                IF(
                  `t143`.`_x23_local0` < 1446357600,
                  IF(`t143`.`_x23_local0` < 1425798000, -18000, -14400),
                  IF(
                    `t143`.`_x23_local0` < 1457852400,
                    -18000,
                    IF(`t143`.`_x23_local0` < 1478412000, -14400, -18000)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 1541311200,
                  IF(
                    `t143`.`_x23_local0` < 1509861600,
                    -14400,
                    IF(`t143`.`_x23_local0` < 1520751600, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 1552201200,
                    -18000,
                    IF(`t143`.`_x23_local0` < 1572760800, -14400, -18000)
                  )
                )
              ),
              IF(
                `t143`.`_x23_local0` < 1667714400,
                IF(
                  `t143`.`_x23_local0` < 1615705200,
                  IF(`t143`.`_x23_local0` < 1604210400, -14400, -18000),
                  IF(
                    `t143`.`_x23_local0` < 1636264800,
                    -14400,
                    IF(`t143`.`_x23_local0` < 1647154800, -18000, -14400)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 1710054000,
                  IF(
                    `t143`.`_x23_local0` < 1678604400,
                    -18000,
                    IF(`t143`.`_x23_local0` < 1699164000, -14400, -18000)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 1730613600,
                    -14400,
                    IF(`t143`.`_x23_local0` < 1741503600, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t143`.`_x23_local0` < 1930806000,
              IF(
                `t143`.`_x23_local0` < 1836457200,
                IF(
                  `t143`.`_x23_local0` < 1793512800,
                  IF(`t143`.`_x23_local0` < 1772953200, -18000, -14400),
                  IF(
                    `t143`.`_x23_local0` < 1805007600,
                    -18000,
                    IF(`t143`.`_x23_local0` < 1825567200, -14400, -18000)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 1888466400,
                  IF(
                    `t143`.`_x23_local0` < 1857016800,
                    -14400,
                    IF(`t143`.`_x23_local0` < 1867906800, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 1899356400,
                    -18000,
                    IF(`t143`.`_x23_local0` < 1919916000, -14400, -18000)
                  )
                )
              ),
              IF(
                `t143`.`_x23_local0` < 2025759600,
                IF(
                  `t143`.`_x23_local0` < 1983420000,
                  IF(
                    `t143`.`_x23_local0` < 1951365600,
                    -14400,
                    IF(`t143`.`_x23_local0` < 1962860400, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 1994310000,
                    -18000,
                    IF(`t143`.`_x23_local0` < 2014869600, -14400, -18000)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 2077768800,
                  IF(
                    `t143`.`_x23_local0` < 2046319200,
                    -14400,
                    IF(`t143`.`_x23_local0` < 2057209200, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 2088658800,
                    -18000,
                    IF(`t143`.`_x23_local0` < 2109218400, -14400, -18000)
                  )
                )
              )
            )
          ),
          IF(
            `t143`.`_x23_local0` < 2487823200,
            IF(
              `t143`.`_x23_local0` < 2298520800,
              IF(
                `t143`.`_x23_local0` < 2204172000,
                IF(
                  `t143`.`_x23_local0` < 2152162800,
                  IF(`t143`.`_x23_local0` < 2140668000, -14400, -18000),
                  IF(
                    `t143`.`_x23_local0` < 2172722400,
                    -14400,
                    IF(`t143`.`_x23_local0` < 2183612400, -18000, -14400)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 2246511600,
                  IF(
                    `t143`.`_x23_local0` < 2215062000,
                    -18000,
                    IF(`t143`.`_x23_local0` < 2235621600, -14400, -18000)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 2267071200,
                    -14400,
                    IF(`t143`.`_x23_local0` < 2277961200, -18000, -14400)
                  )
                )
              ),
              IF(
                `t143`.`_x23_local0` < 2393474400,
                IF(
                  `t143`.`_x23_local0` < 2341465200,
                  IF(
                    `t143`.`_x23_local0` < 2309410800,
                    -18000,
                    IF(`t143`.`_x23_local0` < 2329970400, -14400, -18000)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 2362024800,
                    -14400,
                    IF(`t143`.`_x23_local0` < 2372914800, -18000, -14400)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 2435814000,
                  IF(
                    `t143`.`_x23_local0` < 2404364400,
                    -18000,
                    IF(`t143`.`_x23_local0` < 2424924000, -14400, -18000)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 2456373600,
                    -14400,
                    IF(`t143`.`_x23_local0` < 2467263600, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t143`.`_x23_local0` < 2656566000,
              IF(
                `t143`.`_x23_local0` < 2562217200,
                IF(
                  `t143`.`_x23_local0` < 2519877600,
                  IF(`t143`.`_x23_local0` < 2499318000, -18000, -14400),
                  IF(
                    `t143`.`_x23_local0` < 2530767600,
                    -18000,
                    IF(`t143`.`_x23_local0` < 2551327200, -14400, -18000)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 2614226400,
                  IF(
                    `t143`.`_x23_local0` < 2582776800,
                    -14400,
                    IF(`t143`.`_x23_local0` < 2593666800, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 2625116400,
                    -18000,
                    IF(`t143`.`_x23_local0` < 2645676000, -14400, -18000)
                  )
                )
              ),
              IF(
                `t143`.`_x23_local0` < 2751519600,
                IF(
                  `t143`.`_x23_local0` < 2709180000,
                  IF(
                    `t143`.`_x23_local0` < 2677125600,
                    -14400,
                    IF(`t143`.`_x23_local0` < 2688620400, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 2720070000,
                    -18000,
                    IF(`t143`.`_x23_local0` < 2740629600, -14400, -18000)
                  )
                ),
                IF(
                  `t143`.`_x23_local0` < 2803528800,
                  IF(
                    `t143`.`_x23_local0` < 2772079200,
                    -14400,
                    IF(`t143`.`_x23_local0` < 2782969200, -18000, -14400)
                  ),
                  IF(
                    `t143`.`_x23_local0` < 2814418800,
                    -18000,
                    IF(`t143`.`_x23_local0` < 2834978400, -14400, -18000)
                  )
                )
              )
            )
          )
        )
      )
    ) AS DATETIME) AS `_x23_local0`
  FROM (
    SELECT
      `t142`.`row`,
      `t142`.`at`,
      `t142`.`x`,
      `t142`.`y`,
      `t142`.`n`,
      `t142`.`m`,
      `t142`.`s`,
      `t142`.`u`,
      `t142`.`b`,
      `t142`.`c`,
      `t142`.`t`,
      `t142`.`v`,
      `t142`.`d`,
      `t142`.`late`,
      `t142`.`late_at`,
      `t142`.`timed__known_at`,
      `t142`.`timed_level`,
      `t142`.`fixed_name`,
      `t142`.`_x23_event_us`,
      `t142`.`history_counted`,
      `t142`.`history_averaged`,
      `t142`.`history__0__at`,
      `t142`.`history_averaged_floats`,
      `t142`.`history__1__at`,
      `t142`.`history_kinds_of_float`,
      `t142`.`history_kinds_of_hour`,
      `t142`.`history_added`,
      `t142`.`history_added_floats`,
      `t142`.`history__2__at`,
      `t142`.`history_smallest_text`,
      `t142`.`history_largest_truth`,
      `t142`.`history__3__at`,
      `t142`.`history_label_share`,
      `t142`.`history__4__at`,
      `t142`.`history_latest_label`,
      `t142`.`history_days`,
      `t142`.`history__5__at`,
      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t142`.`t`, SECOND)) AS INT64) AS `_x23_local0`
    FROM (
      SELECT
        `t141`.*
        EXCEPT (`_x23_h5k0`, `_x23_us`)
      FROM (
        SELECT
          `t140`.`row`,
          `t140`.`at`,
          `t140`.`x`,
          `t140`.`y`,
          `t140`.`n`,
          `t140`.`m`,
          `t140`.`s`,
          `t140`.`u`,
          `t140`.`b`,
          `t140`.`c`,
          `t140`.`t`,
          `t140`.`v`,
          `t140`.`d`,
          `t140`.`late`,
          `t140`.`late_at`,
          `t140`.`timed__known_at`,
          `t140`.`timed_level`,
          `t140`.`fixed_name`,
          `t140`.`_x23_event_us`,
          `t140`.`history_counted`,
          `t140`.`history_averaged`,
          `t140`.`history__0__at`,
          `t140`.`history_averaged_floats`,
          `t140`.`history__1__at`,
          `t140`.`history_kinds_of_float`,
          `t140`.`history_kinds_of_hour`,
          `t140`.`history_added`,
          `t140`.`history_added_floats`,
          `t140`.`history__2__at`,
          `t140`.`history_smallest_text`,
          `t140`.`history_largest_truth`,
          `t140`.`history__3__at`,
          `t140`.`history_label_share`,
          `t140`.`history__4__at`,
          `t140`.`history_latest_label`,
          `t98`.`_x23_h5k0`,
          `t98`.`_x23_us`,
          `t98`.`history_days`,
          `t98`.`history__5__at`
        FROM (
          SELECT
            `t138`.*
            EXCEPT (`_x23_h4k0`, `_x23_us`)
          FROM (
            SELECT
              `t137`.`row`,
              `t137`.`at`,
              `t137`.`x`,
              `t137`.`y`,
              `t137`.`n`,
              `t137`.`m`,
              `t137`.`s`,
              `t137`.`u`,
              `t137`.`b`,
              `t137`.`c`,
              `t137`.`t`,
              `t137`.`v`,
              `t137`.`d`,
              `t137`.`late`,
              `t137`.`late_at`,
              `t137`.`timed__known_at`,
              `t137`.`timed_level`,
              `t137`.`fixed_name`,
              `t137`.`_x23_event_us`,
              `t137`.`history_counted`,
              `t137`.`history_averaged`,
              `t137`.`history__0__at`,
              `t137`.`history_averaged_floats`,
              `t137`.`history__1__at`,
              `t137`.`history_kinds_of_float`,
              `t137`.`history_kinds_of_hour`,
              `t137`.`history_added`,
              `t137`.`history_added_floats`,
              `t137`.`history__2__at`,
              `t137`.`history_smallest_text`,
              `t137`.`history_largest_truth`,
              `t137`.`history__3__at`,
              `t117`.`_x23_h4k0`,
              `t117`.`_x23_us`,
              `t117`.`history_label_share`,
              `t117`.`history__4__at`,
              `t117`.`history_latest_label`
            FROM (
              SELECT
                `t135`.*
                EXCEPT (`_x23_us`)
              FROM (
                SELECT
                  `t134`.`row`,
                  `t134`.`at`,
                  `t134`.`x`,
                  `t134`.`y`,
                  `t134`.`n`,
                  `t134`.`m`,
                  `t134`.`s`,
                  `t134`.`u`,
                  `t134`.`b`,
                  `t134`.`c`,
                  `t134`.`t`,
                  `t134`.`v`,
                  `t134`.`d`,
                  `t134`.`late`,
                  `t134`.`late_at`,
                  `t134`.`timed__known_at`,
                  `t134`.`timed_level`,
                  `t134`.`fixed_name`,
                  `t134`.`_x23_event_us`,
                  `t134`.`history_counted`,
                  `t134`.`history_averaged`,
                  `t134`.`history__0__at`,
                  `t134`.`history_averaged_floats`,
                  `t134`.`history__1__at`,
                  `t134`.`history_kinds_of_float`,
                  `t134`.`history_kinds_of_hour`,
                  `t134`.`history_added`,
                  `t134`.`history_added_floats`,
                  `t134`.`history__2__at`,
                  `t87`.`_x23_us`,
                  `t87`.`history_smallest_text`,
                  `t87`.`history_largest_truth`,
                  `t87`.`history__3__at`
                FROM (
                  SELECT
                    `t132`.*
                    EXCEPT (`_x23_h2k0`, `_x23_h2k1`, `_x23_us`)
                  FROM (
                    SELECT
                      `t131`.`row`,
                      `t131`.`at`,
                      `t131`.`x`,
                      `t131`.`y`,
                      `t131`.`n`,
                      `t131`.`m`,
                      `t131`.`s`,
                      `t131`.`u`,
                      `t131`.`b`,
                      `t131`.`c`,
                      `t131`.`t`,
                      `t131`.`v`,
                      `t131`.`d`,
                      `t131`.`late`,
                      `t131`.`late_at`,
                      `t131`.`timed__known_at`,
                      `t131`.`timed_level`,
                      `t131`.`fixed_name`,
                      `t131`.`_x23_event_us`,
                      `t131`.`history_counted`,
                      `t131`.`history_averaged`,
                      `t131`.`history__0__at`,
                      `t131`.`history_averaged_floats`,
                      `t131`.`history__1__at`,
                      `t131`.`history_kinds_of_float`,
                      `t131`.`history_kinds_of_hour`,
                      `t93`.`_x23_h2k0`,
                      `t93`.`_x23_h2k1`,
                      `t93`.`_x23_us`,
                      `t93`.`history_added`,
                      `t93`.`history_added_floats`,
                      `t93`.`history__2__at`
                    FROM (
                      SELECT
                        `t129`.*
                        EXCEPT (`_x23_h1k0`, `_x23_us`)
                      FROM (
                        SELECT
                          `t128`.`row`,
                          `t128`.`at`,
                          `t128`.`x`,
                          `t128`.`y`,
                          `t128`.`n`,
                          `t128`.`m`,
                          `t128`.`s`,
                          `t128`.`u`,
                          `t128`.`b`,
                          `t128`.`c`,
                          `t128`.`t`,
                          `t128`.`v`,
                          `t128`.`d`,
                          `t128`.`late`,
                          `t128`.`late_at`,
                          `t128`.`timed__known_at`,
                          `t128`.`timed_level`,
                          `t128`.`fixed_name`,
                          `t128`.`_x23_event_us`,
                          `t128`.`history_counted`,
                          `t128`.`history_averaged`,
                          `t128`.`history__0__at`,
                          `t128`.`history_averaged_floats`,
                          `t128`.`history__1__at`,
                          `t128`.`history_kinds_of_float`,
                          `t120`.`_x23_h1k0`,
                          `t120`.`_x23_us`,
                          `t120`.`history_kinds_of_hour`
                        FROM (
                          SELECT
                            `t126`.*
                            EXCEPT (`_x23_h1k0`, `_x23_us`)
                          FROM (
                            SELECT
                              `t125`.`row`,
                              `t125`.`at`,
                              `t125`.`x`,
                              `t125`.`y`,
                              `t125`.`n`,
                              `t125`.`m`,
                              `t125`.`s`,
                              `t125`.`u`,
                              `t125`.`b`,
                              `t125`.`c`,
                              `t125`.`t`,
                              `t125`.`v`,
                              `t125`.`d`,
                              `t125`.`late`,
                              `t125`.`late_at`,
                              `t125`.`timed__known_at`,
                              `t125`.`timed_level`,
                              `t125`.`fixed_name`,
                              `t125`.`_x23_event_us`,
                              `t125`.`history_counted`,
                              `t125`.`history_averaged`,
                              `t125`.`history__0__at`,
                              `t125`.`history_averaged_floats`,
                              `t125`.`history__1__at`,
                              `t108`.`_x23_h1k0`,
                              `t108`.`_x23_us`,
                              `t108`.`history_kinds_of_float`
                            FROM (
                              SELECT
                                `t123`.*
                                EXCEPT (`_x23_h1k0`, `_x23_us`)
                              FROM (
                                SELECT
                                  `t122`.`row`,
                                  `t122`.`at`,
                                  `t122`.`x`,
                                  `t122`.`y`,
                                  `t122`.`n`,
                                  `t122`.`m`,
                                  `t122`.`s`,
                                  `t122`.`u`,
                                  `t122`.`b`,
                                  `t122`.`c`,
                                  `t122`.`t`,
                                  `t122`.`v`,
                                  `t122`.`d`,
                                  `t122`.`late`,
                                  `t122`.`late_at`,
                                  `t122`.`timed__known_at`,
                                  `t122`.`timed_level`,
                                  `t122`.`fixed_name`,
                                  `t122`.`_x23_event_us`,
                                  `t122`.`history_counted`,
                                  `t122`.`history_averaged`,
                                  `t122`.`history__0__at`,
                                  `t91`.`_x23_h1k0`,
                                  `t91`.`_x23_us`,
                                  `t91`.`history_averaged_floats`,
                                  `t91`.`history__1__at`
                                FROM (
                                  SELECT
                                    `t119`.*
                                    EXCEPT (`_x23_h0k0`, `_x23_us`)
                                  FROM (
                                    SELECT
                                      `t115`.`row`,
                                      `t115`.`at`,
                                      `t115`.`x`,
                                      `t115`.`y`,
                                      `t115`.`n`,
                                      `t115`.`m`,
                                      `t115`.`s`,
                                      `t115`.`u`,
                                      `t115`.`b`,
                                      `t115`.`c`,
                                      `t115`.`t`,
                                      `t115`.`v`,
                                      `t115`.`d`,
                                      `t115`.`late`,
                                      `t115`.`late_at`,
                                      `t115`.`timed__known_at`,
                                      `t115`.`timed_level`,
                                      `t115`.`fixed_name`,
                                      `t115`.`_x23_event_us`,
                                      `t101`.`_x23_h0k0`,
                                      `t101`.`_x23_us`,
                                      `t101`.`history_counted`,
                                      `t101`.`history_averaged`,
                                      `t101`.`history__0__at`
                                    FROM (
                                      SELECT
                                        `t105`.`row`,
                                        `t105`.`at`,
                                        `t105`.`x`,
                                        `t105`.`y`,
                                        `t105`.`n`,
                                        `t105`.`m`,
                                        `t105`.`s`,
                                        `t105`.`u`,
                                        `t105`.`b`,
                                        `t105`.`c`,
                                        `t105`.`t`,
                                        `t105`.`v`,
                                        `t105`.`d`,
                                        `t105`.`late`,
                                        `t105`.`late_at`,
                                        `t105`.`timed__known_at`,
                                        `t105`.`timed_level`,
                                        `t105`.`fixed_name`,
                                        (
                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t105`.`at`, SECOND)) AS INT64) * 1000000
                                        ) + CAST(EXTRACT(microsecond FROM `t105`.`at`) AS INT64) AS `_x23_event_us`
                                      FROM (
                                        SELECT
                                          `t104`.*
                                          EXCEPT (`fixed_x23_u`)
                                        FROM (
                                          SELECT
                                            `t97`.`row`,
                                            `t97`.`at`,
                                            `t97`.`x`,
                                            `t97`.`y`,
                                            `t97`.`n`,
                                            `t97`.`m`,
                                            `t97`.`s`,
                                            `t97`.`u`,
                                            `t97`.`b`,
                                            `t97`.`c`,
                                            `t97`.`t`,
                                            `t97`.`v`,
                                            `t97`.`d`,
                                            `t97`.`late`,
                                            `t97`.`late_at`,
                                            `t97`.`timed__known_at`,
                                            `t97`.`timed_level`,
                                            `t12`.`fixed_x23_u`,
                                            `t12`.`fixed_name`
                                          FROM (
                                            SELECT
                                              `t90`.*
                                              EXCEPT (`timed_x23_known`, `timed_x23_s`)
                                            FROM (
                                              SELECT
                                                `t81`.`row`,
                                                `t81`.`at`,
                                                `t81`.`x`,
                                                `t81`.`y`,
                                                `t81`.`n`,
                                                `t81`.`m`,
                                                `t81`.`s`,
                                                `t81`.`u`,
                                                `t81`.`b`,
                                                `t81`.`c`,
                                                `t81`.`t`,
                                                `t81`.`v`,
                                                `t81`.`d`,
                                                `t81`.`late`,
                                                `t81`.`late_at`,
                                                `t81`.`timed__known_at`,
                                                `t13`.`timed_x23_s`,
                                                `t13`.`timed_level`,
                                                `t13`.`timed_x23_known`
                                              FROM (
                                                SELECT
                                                  `t75`.*
                                                  EXCEPT (`timed_x23_at`, `timed_x23_k0`)
                                                FROM (
                                                  SELECT
                                                    `t6`.`row`,
                                                    `t6`.`at`,
                                                    `t6`.`x`,
                                                    `t6`.`y`,
                                                    `t6`.`n`,
                                                    `t6`.`m`,
                                                    `t6`.`s`,
                                                    `t6`.`u`,
                                                    `t6`.`b`,
                                                    `t6`.`c`,
                                                    `t6`.`t`,
                                                    `t6`.`v`,
                                                    `t6`.`d`,
                                                    `t6`.`late`,
                                                    `t6`.`late_at`,
                                                    `t64`.`timed_x23_k0`,
                                                    `t64`.`timed_x23_at`,
                                                    `t64`.`timed__known_at`
                                                  FROM `events` AS `t6`
                                                  LEFT OUTER JOIN (
                                                    SELECT
                                                      `t30`.`timed_x23_k0`,
                                                      `t30`.`timed_x23_at`,
                                                      IF(
                                                        (
                                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t30`.`timed_x23_at`, SECOND)) AS INT64) - CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t30`.`known`, SECOND)) AS INT64)
                                                        ) <= 10800,
                                                        `t30`.`known`,
                                                        CAST(NULL AS TIMESTAMP)
                                                      ) AS `timed__known_at`
                                                    FROM (
                                                      SELECT
                                                        `t14`.`timed_x23_k0`,
                                                        `t14`.`timed_x23_at`,
                                                        MAX(`t14`.`known`) OVER (
                                                          PARTITION BY `t14`.`timed_x23_k0`
                                                          ORDER BY `t14`.`timed_x23_at` ASC, `t14`.`asks` ASC
                                                          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                        ) AS `known`,
                                                        `t14`.`asks`
                                                      FROM (
                                                        SELECT
                                                          *
                                                        FROM (
                                                          SELECT
                                                            `t7`.`timed_x23_k0`,
                                                            `t7`.`timed_x23_at`,
                                                            CAST(NULL AS TIMESTAMP) AS `known`,
                                                            1 AS `asks`
                                                          FROM (
                                                            SELECT DISTINCT
                                                              `t0`.`s` AS `timed_x23_k0`,
                                                              `t0`.`at` AS `timed_x23_at`
                                                            FROM `events` AS `t0`
                                                          ) AS `t7`
                                                        ) AS `t11`
                                                        UNION ALL
                                                        SELECT
                                                          *
                                                        FROM (
                                                          SELECT
                                                            `t5`.`s` AS `timed_x23_k0`,
                                                            `t5`.`told` AS `timed_x23_at`,
                                                            `t5`.`told` AS `known`,
                                                            0 AS `asks`
                                                          FROM `timed` AS `t5`
                                                          WHERE
                                                            `t5`.`s` IS NOT NULL AND `t5`.`told` < TIMESTAMP('2013-07-01T04:00:00+00:00')
                                                        ) AS `t10`
                                                      ) AS `t14`
                                                    ) AS `t30`
                                                    WHERE
                                                      `t30`.`asks` = 1
                                                  ) AS `t64`
                                                    ON `t6`.`s` = `t64`.`timed_x23_k0` AND `t6`.`at` = `t64`.`timed_x23_at`
                                                ) AS `t75`
                                              ) AS `t81`
                                              LEFT OUTER JOIN (
                                                SELECT
                                                  `t5`.`s` AS `timed_x23_s`,
                                                  `t5`.`level` AS `timed_level`,
                                                  `t5`.`told` AS `timed_x23_known`
                                                FROM `timed` AS `t5`
                                                WHERE
                                                  `t5`.`s` IS NOT NULL AND `t5`.`told` < TIMESTAMP('2013-07-01T04:00:00+00:00')
                                              ) AS `t13`
                                                ON `t81`.`s` = `t13`.`timed_x23_s`
                                                AND `t81`.`timed__known_at` = `t13`.`timed_x23_known`
                                            ) AS `t90`
                                          ) AS `t97`
                                          LEFT OUTER JOIN (
                                            SELECT
                                              `t4`.`u` AS `fixed_x23_u`,
                                              `t4`.`name` AS `fixed_name`
                                            FROM `fixed` AS `t4`
                                            WHERE
                                              `t4`.`u` IS NOT NULL
                                          ) AS `t12`
                                            ON `t97`.`u` = `t12`.`fixed_x23_u`
                                        ) AS `t104`
                                      ) AS `t105`
                                    ) AS `t115`
                                    LEFT OUTER JOIN (
                                      SELECT
                                        `t76`.`_x23_h0k0`,
                                        `t76`.`_x23_us`,
                                        `t76`.`count_counted` AS `history_counted`,
                                        ieee_divide(
                                          CAST(`t76`.`sum_averaged` AS FLOAT64),
                                          CAST(NULLIF(`t76`.`count_averaged`, 0) AS FLOAT64)
                                        ) AS `history_averaged`,
                                        IF(
                                          (
                                            (
                                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t76`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                            ) + CAST(EXTRACT(microsecond FROM `t76`.`_x23_at`) AS INT64)
                                          ) > (
                                            `t76`.`_x23_us` - 86400000000
                                          ),
                                          `t76`.`_x23_at`,
                                          CAST(NULL AS TIMESTAMP)
                                        ) AS `history__0__at`
                                      FROM (
                                        SELECT
                                          `t61`.`_x23_h0k0`,
                                          `t61`.`_x23_us`,
                                          `t61`.`_x23_asks`,
                                          MAX(`t61`.`_x23_at`) OVER (
                                            PARTITION BY `t61`.`_x23_h0k0`
                                            ORDER BY `t61`.`_x23_us` ASC, `t61`.`_x23_asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS `_x23_at`,
                                          SAFE_CAST(CAST(SUM(`t61`.`count_counted`) OVER (
                                            PARTITION BY `t61`.`_x23_h0k0`
                                            ORDER BY `t61`.`_x23_us` ASC, `t61`.`_x23_asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS NUMERIC) AS INT64) AS `count_counted`,
                                          SAFE_CAST(CAST(SUM(`t61`.`sum_counted`) OVER (
                                            PARTITION BY `t61`.`_x23_h0k0`
                                            ORDER BY `t61`.`_x23_us` ASC, `t61`.`_x23_asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS NUMERIC) AS INT64) AS `sum_counted`,
                                          SAFE_CAST(CAST(SUM(`t61`.`count_averaged`) OVER (
                                            PARTITION BY `t61`.`_x23_h0k0`
                                            ORDER BY `t61`.`_x23_us` ASC, `t61`.`_x23_asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS NUMERIC) AS INT64) AS `count_averaged`,
                                          SAFE_CAST(CAST(SUM(`t61`.`sum_averaged`) OVER (
                                            PARTITION BY `t61`.`_x23_h0k0`
                                            ORDER BY `t61`.`_x23_us` ASC, `t61`.`_x23_asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS NUMERIC) AS INT64) AS `sum_averaged`
                                        FROM (
                                          SELECT
                                            *
                                          FROM (
                                            SELECT
                                              `t37`.`_x23_h0k0`,
                                              `t37`.`_x23_us`,
                                              1 AS `_x23_asks`,
                                              CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                              0 AS `count_counted`,
                                              0 AS `sum_counted`,
                                              0 AS `count_averaged`,
                                              0 AS `sum_averaged`
                                            FROM (
                                              SELECT DISTINCT
                                                *
                                              FROM (
                                                SELECT
                                                  `t0`.`s` AS `_x23_h0k0`,
                                                  (
                                                    CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
                                                  ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `_x23_us`
                                                FROM `events` AS `t0`
                                              ) AS `t26`
                                              WHERE
                                                `t26`.`_x23_h0k0` IS NOT NULL AND `t26`.`_x23_us` IS NOT NULL
                                            ) AS `t37`
                                          ) AS `t43`
                                          UNION ALL
                                          SELECT
                                            *
                                          FROM (
                                            SELECT
                                              *
                                            FROM (
                                              SELECT
                                                `t18`.`s` AS `_x23_h0k0`,
                                                (
                                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t18`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                                ) + CAST(EXTRACT(microsecond FROM `t18`.`_x23_at`) AS INT64) AS `_x23_us`,
                                                0 AS `_x23_asks`,
                                                `t18`.`_x23_at`,
                                                1 AS `count_counted`,
                                                0 AS `sum_counted`,
                                                IF(`t18`.`n` IS NOT NULL, 1, 0) AS `count_averaged`,
                                                COALESCE(`t18`.`n`, 0) * 1 AS `sum_averaged`
                                              FROM `t15` AS `t18`
                                              WHERE
                                                `t18`.`_x23_at` > TIMESTAMP('2013-05-31T04:00:00+00:00')
                                                AND `t18`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                                AND `t18`.`s` IS NOT NULL
                                            ) AS `t49`
                                            UNION ALL
                                            SELECT
                                              *
                                            FROM (
                                              SELECT
                                                `t18`.`s` AS `_x23_h0k0`,
                                                (
                                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t18`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                                ) + CAST(EXTRACT(microsecond FROM `t18`.`_x23_at`) AS INT64) + 86400000000 AS `_x23_us`,
                                                0 AS `_x23_asks`,
                                                CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                                -1 AS `count_counted`,
                                                0 AS `sum_counted`,
                                                IF(`t18`.`n` IS NOT NULL, -1, 0) AS `count_averaged`,
                                                COALESCE(`t18`.`n`, 0) * -1 AS `sum_averaged`
                                              FROM `t15` AS `t18`
                                              WHERE
                                                `t18`.`_x23_at` > TIMESTAMP('2013-05-31T04:00:00+00:00')
                                                AND `t18`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                                AND `t18`.`s` IS NOT NULL
                                            ) AS `t52`
                                          ) AS `t56`
                                        ) AS `t61`
                                      ) AS `t76`
                                      WHERE
                                        `t76`.`_x23_asks` = 1
                                    ) AS `t101`
                                      ON `t115`.`s` = `t101`.`_x23_h0k0` AND `t115`.`_x23_event_us` = `t101`.`_x23_us`
                                  ) AS `t119`
                                ) AS `t122`
                                LEFT OUTER JOIN (
                                  SELECT
                                    `t65`.`_x23_h1k0`,
                                    `t65`.`_x23_us`,
                                    `t65`.`value_averaged_floats` AS `history_averaged_floats`,
                                    IF(
                                      (
                                        (
                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t65`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                        ) + CAST(EXTRACT(microsecond FROM `t65`.`_x23_at`) AS INT64)
                                      ) > (
                                        `t65`.`_x23_us` - 86400000000
                                      ),
                                      `t65`.`_x23_at`,
                                      CAST(NULL AS TIMESTAMP)
                                    ) AS `history__1__at`
                                  FROM (
                                    SELECT
                                      `t53`.`_x23_h1k0`,
                                      `t53`.`_x23_us`,
                                      `t53`.`_x23_asks`,
                                      MAX(`t53`.`_x23_at`) OVER (
                                        PARTITION BY `t53`.`_x23_h1k0`
                                        ORDER BY `t53`.`_x23_us` ASC, `t53`.`_x23_asks` ASC
                                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                      ) AS `_x23_at`,
                                      AVG(`t53`.`value_averaged_floats`) OVER (
                                        PARTITION BY `t53`.`_x23_h1k0`
                                        ORDER BY `t53`.`_x23_us` ASC
                                        RANGE BETWEEN 86399999999 preceding AND CURRENT ROW
                                      ) AS `value_averaged_floats`
                                    FROM (
                                      SELECT
                                        *
                                      FROM (
                                        SELECT
                                          `t19`.`s` AS `_x23_h1k0`,
                                          (
                                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t19`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                          ) + CAST(EXTRACT(microsecond FROM `t19`.`_x23_at`) AS INT64) AS `_x23_us`,
                                          0 AS `_x23_asks`,
                                          `t19`.`_x23_at`,
                                          IF(ABS(`t19`.`x`) <= 3.4028234663852886e+38, `t19`.`x`, NULL) AS `value_averaged_floats`
                                        FROM `t16` AS `t19`
                                      ) AS `t50`
                                      UNION ALL
                                      SELECT
                                        *
                                      FROM (
                                        SELECT
                                          `t38`.`_x23_h1k0`,
                                          `t38`.`_x23_us`,
                                          1 AS `_x23_asks`,
                                          CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                          CAST(NULL AS FLOAT64) AS `value_averaged_floats`
                                        FROM `t36` AS `t38`
                                      ) AS `t47`
                                    ) AS `t53`
                                  ) AS `t65`
                                  WHERE
                                    `t65`.`_x23_asks` = 1
                                ) AS `t91`
                                  ON `t122`.`s` = `t91`.`_x23_h1k0` AND `t122`.`_x23_event_us` = `t91`.`_x23_us`
                              ) AS `t123`
                            ) AS `t125`
                            LEFT OUTER JOIN (
                              SELECT
                                `t102`.`_x23_h1k0`,
                                `t102`.`_x23_us`,
                                `t102`.`history_kinds_of_float`
                              FROM (
                                SELECT
                                  `t86`.`_x23_h1k0`,
                                  `t86`.`_x23_us`,
                                  `t86`.`_x23_asks`,
                                  `t86`.`_x23_at`,
                                  `t86`.`change`,
                                  SAFE_CAST(CAST(SUM(`t86`.`change`) OVER (
                                    PARTITION BY `t86`.`_x23_h1k0`
                                    ORDER BY `t86`.`_x23_us` ASC, `t86`.`_x23_asks` ASC
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                  ) AS NUMERIC) AS INT64) AS `history_kinds_of_float`
                                FROM (
                                  SELECT
                                    *
                                  FROM `t46` AS `t51`
                                  UNION ALL
                                  SELECT
                                    *
                                  FROM (
                                    SELECT
                                      *
                                    FROM (
                                      SELECT
                                        `t68`.`_x23_h1k0`,
                                        `t68`.`_x23_us`,
                                        0 AS `_x23_asks`,
                                        CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                        1 AS `change`
                                      FROM `t66` AS `t68`
                                    ) AS `t72`
                                    UNION ALL
                                    SELECT
                                      *
                                    FROM (
                                      SELECT
                                        `t68`.`_x23_h1k0`,
                                        LEAST(
                                          `t68`.`_x23_us` + 86400000000,
                                          COALESCE(`t68`.`next`, `t68`.`_x23_us` + 86400000000)
                                        ) AS `_x23_us`,
                                        0 AS `_x23_asks`,
                                        CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                        -1 AS `change`
                                      FROM `t66` AS `t68`
                                    ) AS `t82`
                                  ) AS `t83`
                                ) AS `t86`
                              ) AS `t102`
                              WHERE
                                `t102`.`_x23_asks` = 1
                            ) AS `t108`
                              ON `t125`.`s` = `t108`.`_x23_h1k0` AND `t125`.`_x23_event_us` = `t108`.`_x23_us`
                          ) AS `t126`
                        ) AS `t128`
                        LEFT OUTER JOIN (
                          SELECT
                            `t116`.`_x23_h1k0`,
                            `t116`.`_x23_us`,
                            `t116`.`history_kinds_of_hour`
                          FROM (
                            SELECT
                              `t110`.`_x23_h1k0`,
                              `t110`.`_x23_us`,
                              `t110`.`_x23_asks`,
                              `t110`.`_x23_at`,
                              `t110`.`change`,
                              SAFE_CAST(CAST(SUM(`t110`.`change`) OVER (
                                PARTITION BY `t110`.`_x23_h1k0`
                                ORDER BY `t110`.`_x23_us` ASC, `t110`.`_x23_asks` ASC
                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                              ) AS NUMERIC) AS INT64) AS `history_kinds_of_hour`
                            FROM (
                              SELECT
                                *
                              FROM `t46` AS `t51`
                              UNION ALL
                              SELECT
                                *
                              FROM (
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    `t99`.`_x23_h1k0`,
                                    `t99`.`_x23_us`,
                                    0 AS `_x23_asks`,
                                    CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                    1 AS `change`
                                  FROM `t96` AS `t99`
                                ) AS `t103`
                                UNION ALL
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    `t99`.`_x23_h1k0`,
                                    LEAST(
                                      `t99`.`_x23_us` + 86400000000,
                                      COALESCE(`t99`.`next`, `t99`.`_x23_us` + 86400000000)
                                    ) AS `_x23_us`,
                                    0 AS `_x23_asks`,
                                    CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                    -1 AS `change`
                                  FROM `t96` AS `t99`
                                ) AS `t107`
                              ) AS `t109`
                            ) AS `t110`
                          ) AS `t116`
                          WHERE
                            `t116`.`_x23_asks` = 1
                        ) AS `t120`
                          ON `t128`.`s` = `t120`.`_x23_h1k0` AND `t128`.`_x23_event_us` = `t120`.`_x23_us`
                      ) AS `t129`
                    ) AS `t131`
                    LEFT OUTER JOIN (
                      SELECT
                        `t67`.`_x23_h2k0`,
                        `t67`.`_x23_h2k1`,
                        `t67`.`_x23_us`,
                        IF(`t67`.`count_added` > 0, `t67`.`sum_added`, NULL) AS `history_added`,
                        `t67`.`value_added_floats` AS `history_added_floats`,
                        IF(
                          (
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t67`.`_x23_at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t67`.`_x23_at`) AS INT64)
                          ) > (
                            `t67`.`_x23_us` - 7200000000
                          ),
                          `t67`.`_x23_at`,
                          CAST(NULL AS TIMESTAMP)
                        ) AS `history__2__at`
                      FROM (
                        SELECT
                          `t45`.`_x23_h2k0`,
                          `t45`.`_x23_h2k1`,
                          `t45`.`_x23_us`,
                          `t45`.`_x23_asks`,
                          MAX(`t45`.`_x23_at`) OVER (
                            PARTITION BY `t45`.`_x23_h2k0`, `t45`.`_x23_h2k1`
                            ORDER BY `t45`.`_x23_us` ASC, `t45`.`_x23_asks` ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS `_x23_at`,
                          SAFE_CAST(CAST(SUM(`t45`.`count_added`) OVER (
                            PARTITION BY `t45`.`_x23_h2k0`, `t45`.`_x23_h2k1`
                            ORDER BY `t45`.`_x23_us` ASC, `t45`.`_x23_asks` ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS NUMERIC) AS INT64) AS `count_added`,
                          SAFE_CAST(CAST(SUM(`t45`.`sum_added`) OVER (
                            PARTITION BY `t45`.`_x23_h2k0`, `t45`.`_x23_h2k1`
                            ORDER BY `t45`.`_x23_us` ASC, `t45`.`_x23_asks` ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS NUMERIC) AS INT64) AS `sum_added`,
                          SUM(`t45`.`value_added_floats`) OVER (
                            PARTITION BY `t45`.`_x23_h2k0`, `t45`.`_x23_h2k1`
                            ORDER BY `t45`.`_x23_us` ASC
                            RANGE BETWEEN 7199999999 preceding AND CURRENT ROW
                          ) AS `value_added_floats`
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              `t35`.`_x23_h2k0`,
                              `t35`.`_x23_h2k1`,
                              `t35`.`_x23_us`,
                              1 AS `_x23_asks`,
                              CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                              0 AS `count_added`,
                              0 AS `sum_added`,
                              CAST(NULL AS FLOAT64) AS `value_added_floats`
                            FROM (
                              SELECT DISTINCT
                                *
                              FROM (
                                SELECT
                                  `t0`.`s` AS `_x23_h2k0`,
                                  `t0`.`u` AS `_x23_h2k1`,
                                  (
                                    CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
                                  ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `_x23_us`
                                FROM `events` AS `t0`
                              ) AS `t24`
                              WHERE
                                `t24`.`_x23_h2k0` IS NOT NULL
                                AND `t24`.`_x23_h2k1` IS NOT NULL
                                AND `t24`.`_x23_us` IS NOT NULL
                            ) AS `t35`
                          ) AS `t42`
                          UNION ALL
                          SELECT
                            *
                          FROM (
                            SELECT
                              *
                            FROM (
                              SELECT
                                `t2`.`s` AS `_x23_h2k0`,
                                `t2`.`u` AS `_x23_h2k1`,
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t2`.`told`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t2`.`told`) AS INT64) AS `_x23_us`,
                                0 AS `_x23_asks`,
                                `t2`.`told` AS `_x23_at`,
                                IF(`t2`.`n` IS NOT NULL, 1, 0) AS `count_added`,
                                COALESCE(`t2`.`n`, 0) * 1 AS `sum_added`,
                                IF(ABS(`t2`.`x` * `t2`.`n`) <= 3.4028234663852886e+38, `t2`.`x` * `t2`.`n`, NULL) AS `value_added_floats`
                              FROM `readings` AS `t2`
                              WHERE
                                `t2`.`told` > TIMESTAMP('2013-06-01T02:00:00+00:00')
                                AND `t2`.`told` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                AND (
                                  (
                                    `t2`.`s` IS NOT NULL
                                  ) AND (
                                    `t2`.`u` IS NOT NULL
                                  )
                                )
                            ) AS `t28`
                            UNION ALL
                            SELECT
                              *
                            FROM (
                              SELECT
                                `t2`.`s` AS `_x23_h2k0`,
                                `t2`.`u` AS `_x23_h2k1`,
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t2`.`told`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t2`.`told`) AS INT64) + 7200000000 AS `_x23_us`,
                                0 AS `_x23_asks`,
                                CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                IF(`t2`.`n` IS NOT NULL, -1, 0) AS `count_added`,
                                COALESCE(`t2`.`n`, 0) * -1 AS `sum_added`,
                                CAST(NULL AS FLOAT64) AS `value_added_floats`
                              FROM `readings` AS `t2`
                              WHERE
                                `t2`.`told` > TIMESTAMP('2013-06-01T02:00:00+00:00')
                                AND `t2`.`told` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                AND (
                                  (
                                    `t2`.`s` IS NOT NULL
                                  ) AND (
                                    `t2`.`u` IS NOT NULL
                                  )
                                )
                            ) AS `t29`
                          ) AS `t31`
                        ) AS `t45`
                      ) AS `t67`
                      WHERE
                        `t67`.`_x23_asks` = 1
                    ) AS `t93`
                      ON `t131`.`s` = `t93`.`_x23_h2k0`
                      AND `t131`.`u` = `t93`.`_x23_h2k1`
                      AND `t131`.`_x23_event_us` = `t93`.`_x23_us`
                  ) AS `t132`
                ) AS `t134`
                LEFT OUTER JOIN (
                  SELECT
                    `t62`.`_x23_us`,
                    `t62`.`value_smallest_text` AS `history_smallest_text`,
                    `t62`.`value_largest_truth` = 1 AS `history_largest_truth`,
                    IF(
                      (
                        (
                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t62`.`_x23_at`, SECOND)) AS INT64) * 1000000
                        ) + CAST(EXTRACT(microsecond FROM `t62`.`_x23_at`) AS INT64)
                      ) > (
                        `t62`.`_x23_us` - 90000000
                      ),
                      `t62`.`_x23_at`,
                      CAST(NULL AS TIMESTAMP)
                    ) AS `history__3__at`
                  FROM (
                    SELECT
                      `t44`.`_x23_us`,
                      `t44`.`_x23_asks`,
                      MAX(`t44`.`_x23_at`) OVER (
                        ORDER BY `t44`.`_x23_us` ASC, `t44`.`_x23_asks` ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      ) AS `_x23_at`,
                      MIN(`t44`.`value_smallest_text`) OVER (ORDER BY `t44`.`_x23_us` ASC RANGE BETWEEN 89999999 preceding AND CURRENT ROW) AS `value_smallest_text`,
                      MAX(`t44`.`value_largest_truth`) OVER (ORDER BY `t44`.`_x23_us` ASC RANGE BETWEEN 89999999 preceding AND CURRENT ROW) AS `value_largest_truth`
                    FROM (
                      SELECT
                        *
                      FROM (
                        SELECT
                          (
                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t2`.`told`, SECOND)) AS INT64) * 1000000
                          ) + CAST(EXTRACT(microsecond FROM `t2`.`told`) AS INT64) AS `_x23_us`,
                          0 AS `_x23_asks`,
                          `t2`.`told` AS `_x23_at`,
                          `t2`.`u` AS `value_smallest_text`,
                          CAST(`t2`.`b` AS INT64) AS `value_largest_truth`
                        FROM `readings` AS `t2`
                        WHERE
                          `t2`.`told` > TIMESTAMP('2013-06-01T03:58:30+00:00')
                          AND `t2`.`told` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                      ) AS `t27`
                      UNION ALL
                      SELECT
                        *
                      FROM (
                        SELECT
                          `t34`.`_x23_us`,
                          1 AS `_x23_asks`,
                          CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                          CAST(NULL AS STRING) AS `value_smallest_text`,
                          CAST(NULL AS INT64) AS `value_largest_truth`
                        FROM (
                          SELECT DISTINCT
                            *
                          FROM (
                            SELECT
                              (
                                CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
                              ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `_x23_us`
                            FROM `events` AS `t0`
                          ) AS `t23`
                          WHERE
                            `t23`.`_x23_us` IS NOT NULL
                        ) AS `t34`
                      ) AS `t41`
                    ) AS `t44`
                  ) AS `t62`
                  WHERE
                    `t62`.`_x23_asks` = 1
                ) AS `t87`
                  ON `t134`.`_x23_event_us` = `t87`.`_x23_us`
              ) AS `t135`
            ) AS `t137`
            LEFT OUTER JOIN (
              SELECT
                `t112`.`_x23_h4k0`,
                `t112`.`_x23_us`,
                `t112`.`history_label_share`,
                `t112`.`history__4__at`,
                `t78`.`history_latest_label_x23_` = 1 AS `history_latest_label`
              FROM (
                SELECT
                  `t92`.`_x23_h4k0`,
                  `t92`.`_x23_us`,
                  IF(
                    `t92`.`latest_latest_label` > (
                      `t92`.`_x23_us` - 604800000000
                    ),
                    `t92`.`latest_latest_label`,
                    CAST(NULL AS INT64)
                  ) AS `history_latest_label`,
                  ieee_divide(
                    CAST(`t92`.`sum_label_share` AS FLOAT64),
                    CAST(NULLIF(`t92`.`count_label_share`, 0) AS FLOAT64)
                  ) AS `history_label_share`,
                  IF(
                    (
                      (
                        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t92`.`_x23_at`, SECOND)) AS INT64) * 1000000
                      ) + CAST(EXTRACT(microsecond FROM `t92`.`_x23_at`) AS INT64)
                    ) > (
                      `t92`.`_x23_us` - 604800000000
                    ),
                    `t92`.`_x23_at`,
                    CAST(NULL AS TIMESTAMP)
                  ) AS `history__4__at`
                FROM (
                  SELECT
                    `t79`.`_x23_h4k0`,
                    `t79`.`_x23_us`,
                    `t79`.`_x23_asks`,
                    MAX(`t79`.`_x23_at`) OVER (
                      PARTITION BY `t79`.`_x23_h4k0`
                      ORDER BY `t79`.`_x23_us` ASC, `t79`.`_x23_asks` ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                    ) AS `_x23_at`,
                    MAX(`t79`.`latest_latest_label`) OVER (
                      PARTITION BY `t79`.`_x23_h4k0`
                      ORDER BY `t79`.`_x23_us` ASC, `t79`.`_x23_asks` ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                    ) AS `latest_latest_label`,
                    SAFE_CAST(CAST(SUM(`t79`.`count_label_share`) OVER (
                      PARTITION BY `t79`.`_x23_h4k0`
                      ORDER BY `t79`.`_x23_us` ASC, `t79`.`_x23_asks` ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                    ) AS NUMERIC) AS INT64) AS `count_label_share`,
                    SAFE_CAST(CAST(SUM(`t79`.`sum_label_share`) OVER (
                      PARTITION BY `t79`.`_x23_h4k0`
                      ORDER BY `t79`.`_x23_us` ASC, `t79`.`_x23_asks` ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                    ) AS NUMERIC) AS INT64) AS `sum_label_share`
                  FROM (
                    SELECT
                      *
                    FROM (
                      SELECT
                        `t33`.`_x23_h4k0`,
                        `t33`.`_x23_us`,
                        1 AS `_x23_asks`,
                        CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                        CAST(NULL AS INT64) AS `latest_latest_label`,
                        0 AS `count_label_share`,
                        0 AS `sum_label_share`
                      FROM (
                        SELECT DISTINCT
                          *
                        FROM (
                          SELECT
                            `t0`.`s` AS `_x23_h4k0`,
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `_x23_us`
                          FROM `events` AS `t0`
                        ) AS `t22`
                        WHERE
                          `t22`.`_x23_h4k0` IS NOT NULL AND `t22`.`_x23_us` IS NOT NULL
                      ) AS `t33`
                    ) AS `t40`
                    UNION ALL
                    SELECT
                      *
                    FROM (
                      SELECT
                        *
                      FROM (
                        SELECT
                          `t59`.`_x23_h4k0`,
                          `t59`.`_x23_us`,
                          0 AS `_x23_asks`,
                          `t59`.`_x23_at`,
                          IF(`t59`.`value_latest_label` IS NOT NULL, `t59`.`_x23_us`, CAST(NULL AS INT64)) AS `latest_latest_label`,
                          IF(`t59`.`value_label_share` IS NOT NULL, 1, 0) AS `count_label_share`,
                          COALESCE(CAST(`t59`.`value_label_share` AS INT64), 0) * 1 AS `sum_label_share`
                        FROM (
                          SELECT
                            `t20`.`s` AS `_x23_h4k0`,
                            `t20`.`_x23_at`,
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`_x23_at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t20`.`_x23_at`) AS INT64) AS `_x23_us`,
                            `t20`.`late` AS `value_latest_label`,
                            `t20`.`late` AS `value_label_share`
                          FROM `t17` AS `t20`
                          WHERE
                            `t20`.`_x23_at` > TIMESTAMP('2013-05-25T04:00:00+00:00')
                            AND `t20`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                            AND `t20`.`s` IS NOT NULL
                            AND (
                              (
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`late_at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t20`.`late_at`) AS INT64)
                              ) - (
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t20`.`at`) AS INT64)
                              )
                            ) <= 259200000000
                        ) AS `t59`
                      ) AS `t71`
                      UNION ALL
                      SELECT
                        *
                      FROM (
                        SELECT
                          `t20`.`s` AS `_x23_h4k0`,
                          (
                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`_x23_at`, SECOND)) AS INT64) * 1000000
                          ) + CAST(EXTRACT(microsecond FROM `t20`.`_x23_at`) AS INT64) + 604800000000 AS `_x23_us`,
                          0 AS `_x23_asks`,
                          CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                          CAST(NULL AS INT64) AS `latest_latest_label`,
                          IF(`t20`.`late` IS NOT NULL, -1, 0) AS `count_label_share`,
                          COALESCE(CAST(`t20`.`late` AS INT64), 0) * -1 AS `sum_label_share`
                        FROM `t17` AS `t20`
                        WHERE
                          `t20`.`_x23_at` > TIMESTAMP('2013-05-25T04:00:00+00:00')
                          AND `t20`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                          AND `t20`.`s` IS NOT NULL
                          AND (
                            (
                              (
                                CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`late_at`, SECOND)) AS INT64) * 1000000
                              ) + CAST(EXTRACT(microsecond FROM `t20`.`late_at`) AS INT64)
                            ) - (
                              (
                                CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`at`, SECOND)) AS INT64) * 1000000
                              ) + CAST(EXTRACT(microsecond FROM `t20`.`at`) AS INT64)
                            )
                          ) <= 259200000000
                      ) AS `t58`
                    ) AS `t74`
                  ) AS `t79`
                ) AS `t92`
                WHERE
                  `t92`.`_x23_asks` = 1
              ) AS `t112`
              LEFT OUTER JOIN (
                SELECT
                  `t69`.`_x23_h4k0` AS `_x23_h4k0_x23_`,
                  `t69`.`_x23_us` AS `_x23_us_x23_`,
                  `t69`.`history_latest_label_x23_`
                FROM (
                  SELECT
                    `t57`.`_x23_h4k0`,
                    `t57`.`_x23_us`,
                    MAX(CAST(`t57`.`value_latest_label` AS INT64)) AS `history_latest_label_x23_`
                  FROM (
                    SELECT
                      `t20`.`s` AS `_x23_h4k0`,
                      `t20`.`_x23_at`,
                      (
                        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`_x23_at`, SECOND)) AS INT64) * 1000000
                      ) + CAST(EXTRACT(microsecond FROM `t20`.`_x23_at`) AS INT64) AS `_x23_us`,
                      `t20`.`late` AS `value_latest_label`,
                      `t20`.`late` AS `value_label_share`
                    FROM `t17` AS `t20`
                    WHERE
                      `t20`.`_x23_at` > TIMESTAMP('2013-05-25T04:00:00+00:00')
                      AND `t20`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                      AND `t20`.`s` IS NOT NULL
                      AND (
                        (
                          (
                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`late_at`, SECOND)) AS INT64) * 1000000
                          ) + CAST(EXTRACT(microsecond FROM `t20`.`late_at`) AS INT64)
                        ) - (
                          (
                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`at`, SECOND)) AS INT64) * 1000000
                          ) + CAST(EXTRACT(microsecond FROM `t20`.`at`) AS INT64)
                        )
                      ) <= 259200000000
                      AND `t20`.`late` IS NOT NULL
                  ) AS `t57`
                  GROUP BY
                    1,
                    2
                ) AS `t69`
              ) AS `t78`
                ON `t112`.`_x23_h4k0` = `t78`.`_x23_h4k0_x23_`
                AND `t112`.`history_latest_label` = `t78`.`_x23_us_x23_`
            ) AS `t117`
              ON `t137`.`s` = `t117`.`_x23_h4k0` AND `t137`.`_x23_event_us` = `t117`.`_x23_us`
          ) AS `t138`
        ) AS `t140`
        LEFT OUTER JOIN (
          SELECT
            `t70`.`_x23_h5k0`,
            `t70`.`_x23_us`,
            ieee_divide(
              CAST(`t70`.`_x23_us` - IF(
                `t70`.`latest_days` > (
                  `t70`.`_x23_us` - 604800000000
                ),
                `t70`.`latest_days`,
                CAST(NULL AS INT64)
              ) AS FLOAT64),
              86400000000.0
            ) AS `history_days`,
            IF(
              (
                (
                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t70`.`_x23_at`, SECOND)) AS INT64) * 1000000
                ) + CAST(EXTRACT(microsecond FROM `t70`.`_x23_at`) AS INT64)
              ) > (
                `t70`.`_x23_us` - 604800000000
              ),
              `t70`.`_x23_at`,
              CAST(NULL AS TIMESTAMP)
            ) AS `history__5__at`
          FROM (
            SELECT
              `t60`.`_x23_h5k0`,
              `t60`.`_x23_us`,
              `t60`.`_x23_asks`,
              MAX(`t60`.`_x23_at`) OVER (
                PARTITION BY `t60`.`_x23_h5k0`
                ORDER BY `t60`.`_x23_us` ASC, `t60`.`_x23_asks` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS `_x23_at`,
              MAX(`t60`.`latest_days`) OVER (
                PARTITION BY `t60`.`_x23_h5k0`
                ORDER BY `t60`.`_x23_us` ASC, `t60`.`_x23_asks` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS `latest_days`
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  `t48`.`_x23_h5k0`,
                  `t48`.`_x23_us`,
                  0 AS `_x23_asks`,
                  `t48`.`_x23_at`,
                  `t48`.`_x23_us` AS `latest_days`
                FROM (
                  SELECT
                    `t18`.`s` AS `_x23_h5k0`,
                    `t18`.`_x23_at`,
                    (
                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t18`.`_x23_at`, SECOND)) AS INT64) * 1000000
                    ) + CAST(EXTRACT(microsecond FROM `t18`.`_x23_at`) AS INT64) AS `_x23_us`
                  FROM `t15` AS `t18`
                  WHERE
                    `t18`.`_x23_at` > TIMESTAMP('2013-05-25T04:00:00+00:00')
                    AND `t18`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                    AND `t18`.`s` IS NOT NULL
                ) AS `t48`
              ) AS `t55`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  `t32`.`_x23_h5k0`,
                  `t32`.`_x23_us`,
                  1 AS `_x23_asks`,
                  CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                  CAST(NULL AS INT64) AS `latest_days`
                FROM (
                  SELECT DISTINCT
                    *
                  FROM (
                    SELECT
                      `t0`.`s` AS `_x23_h5k0`,
                      (
                        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
                      ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `_x23_us`
                    FROM `events` AS `t0`
                  ) AS `t21`
                  WHERE
                    `t21`.`_x23_h5k0` IS NOT NULL AND `t21`.`_x23_us` IS NOT NULL
                ) AS `t32`
              ) AS `t39`
            ) AS `t60`
          ) AS `t70`
          WHERE
            `t70`.`_x23_asks` = 1
        ) AS `t98`
          ON `t140`.`s` = `t98`.`_x23_h5k0` AND `t140`.`_x23_event_us` = `t98`.`_x23_us`
      ) AS `t141`
    ) AS `t142`
  ) AS `t143`
) AS `t144`
