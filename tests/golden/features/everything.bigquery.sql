WITH `t15` AS (
  SELECT
    `t1`.`at`,
    `t1`.`n`,
    `t1`.`s`,
    IF(
      `t1`.`at` IS NOT NULL,
      GREATEST(`t1`.`at`, TIMESTAMP_ADD(`t1`.`at`, INTERVAL '1' MICROSECOND)),
      NULL
    ) AS `#at`
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
    `t2`.`told` AS `#at`,
    CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t2`.`t`, SECOND)) AS INT64) AS `#local0`
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
    ) AS `#at`
  FROM `_labels` AS `t3`
  WHERE
    `t3`.`late` IS NOT NULL
), `t36` AS (
  SELECT DISTINCT
    *
  FROM (
    SELECT
      `t0`.`s` AS `#h1k0`,
      (
        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
      ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `#us`
    FROM `events` AS `t0`
  ) AS `t25`
  WHERE
    `t25`.`#h1k0` IS NOT NULL AND `t25`.`#us` IS NOT NULL
), `t46` AS (
  SELECT
    `t38`.`#h1k0`,
    `t38`.`#us`,
    1 AS `#asks`,
    CAST(NULL AS TIMESTAMP) AS `#at`,
    0 AS `change`
  FROM `t36` AS `t38`
), `t66` AS (
  SELECT
    `t54`.`#h1k0`,
    `t54`.`#us`,
    `t54`.`value`,
    LEAD(`t54`.`#us`, 1) OVER (PARTITION BY `t54`.`#h1k0`, `t54`.`value` ORDER BY `t54`.`#us` ASC) AS `next`
  FROM (
    SELECT DISTINCT
      `t19`.`s` AS `#h1k0`,
      (
        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t19`.`#at`, SECOND)) AS INT64) * 1000000
      ) + CAST(EXTRACT(microsecond FROM `t19`.`#at`) AS INT64) AS `#us`,
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
    `t84`.`#h1k0`,
    `t84`.`#us`,
    `t84`.`value`,
    LEAD(`t84`.`#us`, 1) OVER (PARTITION BY `t84`.`#h1k0`, `t84`.`value` ORDER BY `t84`.`#us` ASC) AS `next`
  FROM (
    SELECT DISTINCT
      `t77`.`#h1k0`,
      `t77`.`#us`,
      `t77`.`value_kinds_of_hour` AS `value`
    FROM (
      SELECT
        `t19`.`s` AS `#h1k0`,
        `t19`.`#at`,
        (
          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t19`.`#at`, SECOND)) AS INT64) * 1000000
        ) + CAST(EXTRACT(microsecond FROM `t19`.`#at`) AS INT64) AS `#us`,
        IF(ABS(`t19`.`x`) <= 3.4028234663852886e+38, `t19`.`x`, NULL) AS `value_averaged_floats`,
        IF(ABS(`t19`.`x`) <= 3.4028234663852886e+38, `t19`.`x`, NULL) AS `value_kinds_of_float`,
        CAST(EXTRACT(hour FROM CAST(TIMESTAMP_SECONDS(
          `t19`.`#local0` + IF(
            `t19`.`#local0` < 1414908000,
            IF(
              `t19`.`#local0` < 702457200,
              IF(
                `t19`.`#local0` < 341388000,
                IF(
                  `t19`.`#local0` < 162370800,
                  IF(
                    `t19`.`#local0` < 73465200,
                    IF(
                      `t19`.`#local0` < 25682400,
                      IF(`t19`.`#local0` < 9961200, -18000, -14400),
                      IF(`t19`.`#local0` < 41410800, -18000, IF(`t19`.`#local0` < 57736800, -14400, -18000))
                    ),
                    IF(
                      `t19`.`#local0` < 120636000,
                      IF(`t19`.`#local0` < 89186400, -14400, IF(`t19`.`#local0` < 104914800, -18000, -14400)),
                      IF(`t19`.`#local0` < 126687600, -18000, IF(`t19`.`#local0` < 152085600, -14400, -18000))
                    )
                  ),
                  IF(
                    `t19`.`#local0` < 247039200,
                    IF(
                      `t19`.`#local0` < 199263600,
                      IF(`t19`.`#local0` < 183535200, -14400, -18000),
                      IF(`t19`.`#local0` < 215589600, -14400, IF(`t19`.`#local0` < 230713200, -18000, -14400))
                    ),
                    IF(
                      `t19`.`#local0` < 294217200,
                      IF(`t19`.`#local0` < 262767600, -18000, IF(`t19`.`#local0` < 278488800, -14400, -18000)),
                      IF(`t19`.`#local0` < 309938400, -14400, IF(`t19`.`#local0` < 325666800, -18000, -14400))
                    )
                  )
                ),
                IF(
                  `t19`.`#local0` < 514969200,
                  IF(
                    `t19`.`#local0` < 420015600,
                    IF(
                      `t19`.`#local0` < 372837600,
                      IF(`t19`.`#local0` < 357116400, -18000, -14400),
                      IF(`t19`.`#local0` < 388566000, -18000, IF(`t19`.`#local0` < 404892000, -14400, -18000))
                    ),
                    IF(
                      `t19`.`#local0` < 467791200,
                      IF(`t19`.`#local0` < 436341600, -14400, IF(`t19`.`#local0` < 452070000, -18000, -14400)),
                      IF(`t19`.`#local0` < 483519600, -18000, IF(`t19`.`#local0` < 499240800, -14400, -18000))
                    )
                  ),
                  IF(
                    `t19`.`#local0` < 607503600,
                    IF(
                      `t19`.`#local0` < 562140000,
                      IF(`t19`.`#local0` < 530690400, -14400, IF(`t19`.`#local0` < 544604400, -18000, -14400)),
                      IF(`t19`.`#local0` < 576054000, -18000, IF(`t19`.`#local0` < 594194400, -14400, -18000))
                    ),
                    IF(
                      `t19`.`#local0` < 657093600,
                      IF(`t19`.`#local0` < 625644000, -14400, IF(`t19`.`#local0` < 638953200, -18000, -14400)),
                      IF(`t19`.`#local0` < 671007600, -18000, IF(`t19`.`#local0` < 688543200, -14400, -18000))
                    )
                  )
                )
              ),
              IF(
                `t19`.`#local0` < 1049612400,
                IF(
                  `t19`.`#local0` < 877845600,
                  IF(
                    `t19`.`#local0` < 783496800,
                    IF(
                      `t19`.`#local0` < 733906800,
                      IF(`t19`.`#local0` < 719992800, -14400, -18000),
                      IF(`t19`.`#local0` < 752047200, -14400, IF(`t19`.`#local0` < 765356400, -18000, -14400))
                    ),
                    IF(
                      `t19`.`#local0` < 828860400,
                      IF(`t19`.`#local0` < 796806000, -18000, IF(`t19`.`#local0` < 814946400, -14400, -18000)),
                      IF(`t19`.`#local0` < 846396000, -14400, IF(`t19`.`#local0` < 860310000, -18000, -14400))
                    )
                  ),
                  IF(
                    `t19`.`#local0` < 954658800,
                    IF(
                      `t19`.`#local0` < 909295200,
                      IF(`t19`.`#local0` < 891759600, -18000, -14400),
                      IF(`t19`.`#local0` < 923209200, -18000, IF(`t19`.`#local0` < 941349600, -14400, -18000))
                    ),
                    IF(
                      `t19`.`#local0` < 1004248800,
                      IF(`t19`.`#local0` < 972799200, -14400, IF(`t19`.`#local0` < 986108400, -18000, -14400)),
                      IF(
                        `t19`.`#local0` < 1018162800,
                        -18000,
                        IF(`t19`.`#local0` < 1035698400, -14400, -18000)
                      )
                    )
                  )
                ),
                IF(
                  `t19`.`#local0` < 1225605600,
                  IF(
                    `t19`.`#local0` < 1130652000,
                    IF(
                      `t19`.`#local0` < 1081062000,
                      IF(`t19`.`#local0` < 1067148000, -14400, -18000),
                      IF(
                        `t19`.`#local0` < 1099202400,
                        -14400,
                        IF(`t19`.`#local0` < 1112511600, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`#local0` < 1173596400,
                      IF(
                        `t19`.`#local0` < 1143961200,
                        -18000,
                        IF(`t19`.`#local0` < 1162101600, -14400, -18000)
                      ),
                      IF(
                        `t19`.`#local0` < 1194156000,
                        -14400,
                        IF(`t19`.`#local0` < 1205046000, -18000, -14400)
                      )
                    )
                  ),
                  IF(
                    `t19`.`#local0` < 1320559200,
                    IF(
                      `t19`.`#local0` < 1268550000,
                      IF(
                        `t19`.`#local0` < 1236495600,
                        -18000,
                        IF(`t19`.`#local0` < 1257055200, -14400, -18000)
                      ),
                      IF(
                        `t19`.`#local0` < 1289109600,
                        -14400,
                        IF(`t19`.`#local0` < 1299999600, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`#local0` < 1362898800,
                      IF(
                        `t19`.`#local0` < 1331449200,
                        -18000,
                        IF(`t19`.`#local0` < 1352008800, -14400, -18000)
                      ),
                      IF(
                        `t19`.`#local0` < 1383458400,
                        -14400,
                        IF(`t19`.`#local0` < 1394348400, -18000, -14400)
                      )
                    )
                  )
                )
              )
            ),
            IF(
              `t19`.`#local0` < 2120108400,
              IF(
                `t19`.`#local0` < 1762063200,
                IF(
                  `t19`.`#local0` < 1583650800,
                  IF(
                    `t19`.`#local0` < 1489302000,
                    IF(
                      `t19`.`#local0` < 1446357600,
                      IF(`t19`.`#local0` < 1425798000, -18000, -14400),
                      IF(
                        `t19`.`#local0` < 1457852400,
                        -18000,
                        IF(`t19`.`#local0` < 1478412000, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`#local0` < 1541311200,
                      IF(
                        `t19`.`#local0` < 1509861600,
                        -14400,
                        IF(`t19`.`#local0` < 1520751600, -18000, -14400)
                      ),
                      IF(
                        `t19`.`#local0` < 1552201200,
                        -18000,
                        IF(`t19`.`#local0` < 1572760800, -14400, -18000)
                      )
                    )
                  ),
                  IF(
                    `t19`.`#local0` < 1667714400,
                    IF(
                      `t19`.`#local0` < 1615705200,
                      IF(`t19`.`#local0` < 1604210400, -14400, -18000),
                      IF(
                        `t19`.`#local0` < 1636264800,
                        -14400,
                        IF(`t19`.`#local0` < 1647154800, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`#local0` < 1710054000,
                      IF(
                        `t19`.`#local0` < 1678604400,
                        -18000,
                        IF(`t19`.`#local0` < 1699164000, -14400, -18000)
                      ),
                      IF(
                        `t19`.`#local0` < 1730613600,
                        -14400,
                        IF(`t19`.`#local0` < 1741503600, -18000, -14400)
                      )
                    )
                  )
                ),
                IF(
                  `t19`.`#local0` < 1930806000,
                  IF(
                    `t19`.`#local0` < 1836457200,
                    IF(
                      `t19`.`#local0` < 1793512800,
                      IF(`t19`.`#local0` < 1772953200, -18000, -14400),
                      IF(
                        `t19`.`#local0` < 1805007600,
                        -18000,
                        IF(`t19`.`#local0` < 1825567200, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`#local0` < 1888466400,
                      IF(
                        `t19`.`#local0` < 1857016800,
                        -14400,
                        IF(`t19`.`#local0` < 1867906800, -18000, -14400)
                      ),
                      IF(
                        `t19`.`#local0` < 1899356400,
                        -18000,
                        IF(`t19`.`#local0` < 1919916000, -14400, -18000)
                      )
                    )
                  ),
                  IF(
                    `t19`.`#local0` < 2025759600,
                    IF(
                      `t19`.`#local0` < 1983420000,
                      IF(
                        `t19`.`#local0` < 1951365600,
                        -14400,
                        IF(`t19`.`#local0` < 1962860400, -18000, -14400)
                      ),
                      IF(
                        `t19`.`#local0` < 1994310000,
                        -18000,
                        IF(`t19`.`#local0` < 2014869600, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`#local0` < 2077768800,
                      IF(
                        `t19`.`#local0` < 2046319200,
                        -14400,
                        IF(`t19`.`#local0` < 2057209200, -18000, -14400)
                      ),
                      IF(
                        `t19`.`#local0` < 2088658800,
                        -18000,
                        IF(`t19`.`#local0` < 2109218400, -14400, -18000)
                      )
                    )
                  )
                )
              ),
              IF(
                `t19`.`#local0` < 2487823200,
                IF(
                  `t19`.`#local0` < 2298520800,
                  IF(
                    `t19`.`#local0` < 2204172000,
                    IF(
                      `t19`.`#local0` < 2152162800,
                      IF(`t19`.`#local0` < 2140668000, -14400, -18000),
                      IF(
                        `t19`.`#local0` < 2172722400,
                        -14400,
                        IF(`t19`.`#local0` < 2183612400, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`#local0` < 2246511600,
                      IF(
                        `t19`.`#local0` < 2215062000,
                        -18000,
                        IF(`t19`.`#local0` < 2235621600, -14400, -18000)
                      ),
                      IF(
                        `t19`.`#local0` < 2267071200,
                        -14400,
                        IF(`t19`.`#local0` < 2277961200, -18000, -14400)
                      )
                    )
                  ),
                  IF(
                    `t19`.`#local0` < 2393474400,
                    IF(
                      `t19`.`#local0` < 2341465200,
                      IF(
                        `t19`.`#local0` < 2309410800,
                        -18000,
                        IF(`t19`.`#local0` < 2329970400, -14400, -18000)
                      ),
                      IF(
                        `t19`.`#local0` < 2362024800,
                        -14400,
                        IF(`t19`.`#local0` < 2372914800, -18000, -14400)
                      )
                    ),
                    IF(
                      `t19`.`#local0` < 2435814000,
                      IF(
                        `t19`.`#local0` < 2404364400,
                        -18000,
                        IF(`t19`.`#local0` < 2424924000, -14400, -18000)
                      ),
                      IF(
                        `t19`.`#local0` < 2456373600,
                        -14400,
                        IF(`t19`.`#local0` < 2467263600, -18000, -14400)
                      )
                    )
                  )
                ),
                IF(
                  `t19`.`#local0` < 2656566000,
                  IF(
                    `t19`.`#local0` < 2562217200,
                    IF(
                      `t19`.`#local0` < 2519877600,
                      IF(`t19`.`#local0` < 2499318000, -18000, -14400),
                      IF(
                        `t19`.`#local0` < 2530767600,
                        -18000,
                        IF(`t19`.`#local0` < 2551327200, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`#local0` < 2614226400,
                      IF(
                        `t19`.`#local0` < 2582776800,
                        -14400,
                        IF(`t19`.`#local0` < 2593666800, -18000, -14400)
                      ),
                      IF(
                        `t19`.`#local0` < 2625116400,
                        -18000,
                        IF(`t19`.`#local0` < 2645676000, -14400, -18000)
                      )
                    )
                  ),
                  IF(
                    `t19`.`#local0` < 2751519600,
                    IF(
                      `t19`.`#local0` < 2709180000,
                      IF(
                        `t19`.`#local0` < 2677125600,
                        -14400,
                        IF(`t19`.`#local0` < 2688620400, -18000, -14400)
                      ),
                      IF(
                        `t19`.`#local0` < 2720070000,
                        -18000,
                        IF(`t19`.`#local0` < 2740629600, -14400, -18000)
                      )
                    ),
                    IF(
                      `t19`.`#local0` < 2803528800,
                      IF(
                        `t19`.`#local0` < 2772079200,
                        -14400,
                        IF(`t19`.`#local0` < 2782969200, -18000, -14400)
                      ),
                      IF(
                        `t19`.`#local0` < 2814418800,
                        -18000,
                        IF(`t19`.`#local0` < 2834978400, -14400, -18000)
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
  `t146`.`row`,
  `t146`.`at`,
  IF(ABS(`t146`.`timed_level`) <= 3.4028234663852886e+38, `t146`.`timed_level`, NULL) AS `level`,
  `t146`.`fixed_name` AS `name`,
  IF(
    ABS(`t146`.`x` + `t146`.`n`) <= 3.4028234663852886e+38,
    `t146`.`x` + `t146`.`n`,
    NULL
  ) AS `plus`,
  `t146`.`n` - `t146`.`m` AS `minus`,
  IF(
    ABS(`t146`.`x` * `t146`.`n`) <= 3.4028234663852886e+38,
    `t146`.`x` * `t146`.`n`,
    NULL
  ) AS `times`,
  IF(
    ABS(ieee_divide(`t146`.`x`, NULLIF(CAST(`t146`.`n` AS FLOAT64), 0.0))) <= 3.4028234663852886e+38,
    ieee_divide(`t146`.`x`, NULLIF(CAST(`t146`.`n` AS FLOAT64), 0.0)),
    NULL
  ) AS `ratio`,
  IF(
    ABS(
      ieee_divide(CAST(`t146`.`n` AS FLOAT64), NULLIF(CAST(`t146`.`m` AS FLOAT64), 0.0))
    ) <= 3.4028234663852886e+38,
    ieee_divide(CAST(`t146`.`n` AS FLOAT64), NULLIF(CAST(`t146`.`m` AS FLOAT64), 0.0)),
    NULL
  ) AS `whole_ratio`,
  IF(ABS(-(
    `t146`.`x`
  )) <= 3.4028234663852886e+38, -(
    `t146`.`x`
  ), NULL) AS `negative`,
  ABS(`t146`.`n`) AS `absolute`,
  IF(
    ABS(`t146`.`x`) <= 9007199254740992.0,
    CAST(FLOOR(IF(ABS(`t146`.`x`) <= 9007199254740992.0, `t146`.`x`, 0)) AS INT64),
    NULL
  ) AS `floored`,
  IF(
    ABS(`t146`.`x`) <= 9007199254740992.0,
    CAST(CEIL(IF(ABS(`t146`.`x`) <= 9007199254740992.0, `t146`.`x`, 0)) AS INT64),
    NULL
  ) AS `ceiled`,
  IF(
    ABS(IF(`t146`.`x` >= 0, SQRT(IF(`t146`.`x` >= 0, `t146`.`x`, 0)), NULL)) <= 3.4028234663852886e+38,
    IF(`t146`.`x` >= 0, SQRT(IF(`t146`.`x` >= 0, `t146`.`x`, 0)), NULL),
    NULL
  ) AS `root`,
  IF(
    ABS(IF(`t146`.`x` > 0, LN(IF(`t146`.`x` > 0, `t146`.`x`, 1)), NULL)) <= 3.4028234663852886e+38,
    IF(`t146`.`x` > 0, LN(IF(`t146`.`x` > 0, `t146`.`x`, 1)), NULL),
    NULL
  ) AS `log`,
  IF(
    ABS(IF(`t146`.`x` <= 700, EXP(IF(`t146`.`x` <= 700, `t146`.`x`, 0)), NULL)) <= 3.4028234663852886e+38,
    IF(`t146`.`x` <= 700, EXP(IF(`t146`.`x` <= 700, `t146`.`x`, 0)), NULL),
    NULL
  ) AS `power`,
  IF(
    ABS(
      IF(
        (
          `t146`.`x` IS NULL
        ) OR (
          `t146`.`n` IS NULL
        ) OR (
          3 IS NULL
        ),
        NULL,
        LEAST(`t146`.`x`, `t146`.`n`, 3)
      )
    ) <= 3.4028234663852886e+38,
    IF(
      (
        `t146`.`x` IS NULL
      ) OR (
        `t146`.`n` IS NULL
      ) OR (
        3 IS NULL
      ),
      NULL,
      LEAST(`t146`.`x`, `t146`.`n`, 3)
    ),
    NULL
  ) AS `smallest`,
  IF(
    (
      `t146`.`n` IS NULL
    ) OR (
      `t146`.`m` IS NULL
    ),
    NULL,
    GREATEST(`t146`.`n`, `t146`.`m`)
  ) AS `largest`,
  `t146`.`x` = `t146`.`y` AS `equal`,
  `t146`.`s` = `t146`.`u` AS `text_equal`,
  `t146`.`n` <> `t146`.`m` AS `unequal`,
  `t146`.`x` < `t146`.`n` AS `less`,
  `t146`.`s` < `t146`.`u` AS `text_less`,
  `t146`.`n` <= `t146`.`m` AS `at_most`,
  `t146`.`t` > `t146`.`v` AS `later`,
  `t146`.`s` >= `t146`.`u` AS `at_least`,
  `t146`.`b` AND (
    `t146`.`x` > 0
  ) AS `both`,
  `t146`.`b` OR `t146`.`c` AS `either`,
  NOT (
    `t146`.`b`
  ) AS `inverse`,
  `t146`.`s` IS NULL AS `unknown`,
  NOT (
    `t146`.`t` IS NULL
  ) AS `known`,
  `t146`.`s` IN ('a', 'b', '') AS `listed`,
  `t146`.`n` IN (1, 2, 3) AS `listed_numbers`,
  CASE WHEN `t146`.`x` > 0 THEN 'up' WHEN `t146`.`b` THEN `t146`.`s` ELSE NULL END AS `chosen`,
  IF(
    ABS(CASE WHEN `t146`.`s` = 'a' THEN 1 ELSE 2.5 END) <= 3.4028234663852886e+38,
    CASE WHEN `t146`.`s` = 'a' THEN 1 ELSE 2.5 END,
    NULL
  ) AS `chosen_number`,
  (
    `t146`.`x` >= 0
  ) AND (
    `t146`.`x` <= 10
  ) AS `between`,
  IF(
    ABS(COALESCE(`t146`.`x`, `t146`.`n`, 0)) <= 3.4028234663852886e+38,
    COALESCE(`t146`.`x`, `t146`.`n`, 0),
    NULL
  ) AS `filled`,
  CASE WHEN `t146`.`n` = 0 THEN NULL ELSE `t146`.`n` END AS `nulled`,
  TRANSLATE(`t146`.`s`, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') AS `small_letters`,
  TRANSLATE(`t146`.`s`, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') AS `capitals`,
  CAST(LENGTH(`t146`.`s`) AS INT64) AS `characters`,
  CONCAT(CONCAT(`t146`.`s`, '-'), `t146`.`u`) AS `joined`,
  IF(
    ABS(CAST(`t146`.`n` AS FLOAT64)) <= 3.4028234663852886e+38,
    CAST(`t146`.`n` AS FLOAT64),
    NULL
  ) AS `as_real`,
  CAST(`t146`.`b` AS INT64) AS `as_whole`,
  CAST(EXTRACT(hour FROM `t146`.`#local0`) AS INT64) AS `hour_of`,
  CAST(EXTRACT(minute FROM `t146`.`#local0`) AS INT64) AS `minute_of`,
  CAST((
    MOD(EXTRACT(dayofweek FROM `t146`.`#local0`) + 5, 7)
  ) + 1 AS INT64) AS `weekday`,
  CAST(EXTRACT(day FROM `t146`.`#local0`) AS INT64) AS `day_of`,
  CAST(EXTRACT(month FROM `t146`.`#local0`) AS INT64) AS `month_of`,
  CAST(EXTRACT(year FROM `t146`.`#local0`) AS INT64) AS `year_of`,
  CAST(EXTRACT(dayofyear FROM `t146`.`#local0`) AS INT64) AS `yearday`,
  CAST((
    MOD(EXTRACT(dayofweek FROM CAST(`t146`.`d` AS DATETIME)) + 5, 7)
  ) + 1 AS INT64) AS `date_weekday`,
  CAST(EXTRACT(dayofyear FROM CAST(`t146`.`d` AS DATETIME)) AS INT64) AS `date_yearday`,
  CAST(EXTRACT(hour FROM CAST(`t146`.`d` AS DATETIME)) AS INT64) AS `date_hour`,
  IF(
    ABS(
      ieee_divide(
        CAST(CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t146`.`v`, SECOND)) AS INT64) - CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t146`.`t`, SECOND)) AS INT64) AS FLOAT64),
        NULLIF(CAST(60 AS FLOAT64), 0.0)
      )
    ) <= 3.4028234663852886e+38,
    ieee_divide(
      CAST(CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t146`.`v`, SECOND)) AS INT64) - CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t146`.`t`, SECOND)) AS INT64) AS FLOAT64),
      NULLIF(CAST(60 AS FLOAT64), 0.0)
    ),
    NULL
  ) AS `elapsed`,
  `t146`.`history_counted` AS `past_counted`,
  IF(
    ABS(`t146`.`history_averaged`) <= 3.4028234663852886e+38,
    `t146`.`history_averaged`,
    NULL
  ) AS `past_averaged`,
  IF(
    ABS(`t146`.`history_averaged_floats`) <= 3.4028234663852886e+38,
    `t146`.`history_averaged_floats`,
    NULL
  ) AS `past_averaged_floats`,
  `t146`.`history_added` AS `past_added`,
  IF(
    ABS(`t146`.`history_added_floats`) <= 3.4028234663852886e+38,
    `t146`.`history_added_floats`,
    NULL
  ) AS `past_added_floats`,
  `t146`.`history_smallest_text` AS `past_smallest_text`,
  `t146`.`history_largest_truth` AS `past_largest_truth`,
  `t146`.`history_latest_label` AS `past_latest_label`,
  IF(
    ABS(`t146`.`history_label_share`) <= 3.4028234663852886e+38,
    `t146`.`history_label_share`,
    NULL
  ) AS `past_label_share`,
  IF(ABS(`t146`.`history_days`) <= 3.4028234663852886e+38, `t146`.`history_days`, NULL) AS `past_days`,
  `t146`.`history_kinds_of_float` AS `past_kinds_of_float`,
  `t146`.`history_kinds_of_hour` AS `past_kinds_of_hour`,
  `t146`.`late`,
  `t146`.`late_at` AS `label_known_at`,
  `t146`.`timed__known_at`,
  `t146`.`history__0__at`,
  `t146`.`history__1__at`,
  `t146`.`history__2__at`,
  `t146`.`history__3__at`,
  `t146`.`history__4__at`,
  `t146`.`history__5__at`
FROM (
  SELECT
    `t145`.`row`,
    `t145`.`at`,
    `t145`.`x`,
    `t145`.`y`,
    `t145`.`n`,
    `t145`.`m`,
    `t145`.`s`,
    `t145`.`u`,
    `t145`.`b`,
    `t145`.`c`,
    `t145`.`t`,
    `t145`.`v`,
    `t145`.`d`,
    `t145`.`late`,
    `t145`.`late_at`,
    `t145`.`timed__known_at`,
    `t145`.`timed_level`,
    `t145`.`fixed_name`,
    `t145`.`#event_us`,
    `t145`.`history_counted`,
    `t145`.`history_averaged`,
    `t145`.`history__0__at`,
    `t145`.`history_averaged_floats`,
    `t145`.`history__1__at`,
    `t145`.`history_kinds_of_float`,
    `t145`.`history_kinds_of_hour`,
    `t145`.`history_added`,
    `t145`.`history_added_floats`,
    `t145`.`history__2__at`,
    `t145`.`history_smallest_text`,
    `t145`.`history_largest_truth`,
    `t145`.`history__3__at`,
    `t145`.`history_label_share`,
    `t145`.`history__4__at`,
    `t145`.`history_latest_label`,
    `t145`.`history_days`,
    `t145`.`history__5__at`,
    CAST(TIMESTAMP_SECONDS(
      `t145`.`#local0` + IF(
        `t145`.`#local0` < 1414908000,
        IF(
          `t145`.`#local0` < 702457200,
          IF(
            `t145`.`#local0` < 341388000,
            IF(
              `t145`.`#local0` < 162370800,
              IF(
                `t145`.`#local0` < 73465200,
                IF(
                  `t145`.`#local0` < 25682400,
                  IF(`t145`.`#local0` < 9961200, -18000, -14400),
                  IF(`t145`.`#local0` < 41410800, -18000, IF(`t145`.`#local0` < 57736800, -14400, -18000))
                ),
                IF(
                  `t145`.`#local0` < 120636000,
                  IF(
                    `t145`.`#local0` < 89186400,
                    -14400,
                    IF(`t145`.`#local0` < 104914800, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 126687600,
                    -18000,
                    IF(`t145`.`#local0` < 152085600, -14400, -18000)
                  )
                )
              ),
              IF(
                `t145`.`#local0` < 247039200,
                IF(
                  `t145`.`#local0` < 199263600,
                  IF(`t145`.`#local0` < 183535200, -14400, -18000),
                  IF(
                    `t145`.`#local0` < 215589600,
                    -14400,
                    IF(`t145`.`#local0` < 230713200, -18000, -14400)
                  )
                ),
                IF(
                  `t145`.`#local0` < 294217200,
                  IF(
                    `t145`.`#local0` < 262767600,
                    -18000,
                    IF(`t145`.`#local0` < 278488800, -14400, -18000)
                  ),
                  IF(
                    `t145`.`#local0` < 309938400,
                    -14400,
                    IF(`t145`.`#local0` < 325666800, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t145`.`#local0` < 514969200,
              IF(
                `t145`.`#local0` < 420015600,
                IF(
                  `t145`.`#local0` < 372837600,
                  IF(`t145`.`#local0` < 357116400, -18000, -14400),
                  IF(
                    `t145`.`#local0` < 388566000,
                    -18000,
                    IF(`t145`.`#local0` < 404892000, -14400, -18000)
                  )
                ),
                IF(
                  `t145`.`#local0` < 467791200,
                  IF(
                    `t145`.`#local0` < 436341600,
                    -14400,
                    IF(`t145`.`#local0` < 452070000, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 483519600,
                    -18000,
                    IF(`t145`.`#local0` < 499240800, -14400, -18000)
                  )
                )
              ),
              IF(
                `t145`.`#local0` < 607503600,
                IF(
                  `t145`.`#local0` < 562140000,
                  IF(
                    `t145`.`#local0` < 530690400,
                    -14400,
                    IF(`t145`.`#local0` < 544604400, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 576054000,
                    -18000,
                    IF(`t145`.`#local0` < 594194400, -14400, -18000)
                  )
                ),
                IF(
                  `t145`.`#local0` < 657093600,
                  IF(
                    `t145`.`#local0` < 625644000,
                    -14400,
                    IF(`t145`.`#local0` < 638953200, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 671007600,
                    -18000,
                    IF(`t145`.`#local0` < 688543200, -14400, -18000)
                  )
                )
              )
            )
          ),
          IF(
            `t145`.`#local0` < 1049612400,
            IF(
              `t145`.`#local0` < 877845600,
              IF(
                `t145`.`#local0` < 783496800,
                IF(
                  `t145`.`#local0` < 733906800,
                  IF(`t145`.`#local0` < 719992800, -14400, -18000),
                  IF(
                    `t145`.`#local0` < 752047200,
                    -14400,
                    IF(`t145`.`#local0` < 765356400, -18000, -14400)
                  )
                ),
                IF(
                  `t145`.`#local0` < 828860400,
                  IF(
                    `t145`.`#local0` < 796806000,
                    -18000,
                    IF(`t145`.`#local0` < 814946400, -14400, -18000)
                  ),
                  IF(
                    `t145`.`#local0` < 846396000,
                    -14400,
                    IF(`t145`.`#local0` < 860310000, -18000, -14400)
                  )
                )
              ),
              IF(
                `t145`.`#local0` < 954658800,
                IF(
                  `t145`.`#local0` < 909295200,
                  IF(`t145`.`#local0` < 891759600, -18000, -14400),
                  IF(
                    `t145`.`#local0` < 923209200,
                    -18000,
                    IF(`t145`.`#local0` < 941349600, -14400, -18000)
                  )
                ),
                IF(
                  `t145`.`#local0` < 1004248800,
                  IF(
                    `t145`.`#local0` < 972799200,
                    -14400,
                    IF(`t145`.`#local0` < 986108400, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 1018162800,
                    -18000,
                    IF(`t145`.`#local0` < 1035698400, -14400, -18000)
                  )
                )
              )
            ),
            IF(
              `t145`.`#local0` < 1225605600,
              IF(
                `t145`.`#local0` < 1130652000,
                IF(
                  `t145`.`#local0` < 1081062000,
                  IF(`t145`.`#local0` < 1067148000, -14400, -18000),
                  IF(
                    `t145`.`#local0` < 1099202400,
                    -14400,
                    IF(`t145`.`#local0` < 1112511600, -18000, -14400)
                  )
                ),
                IF(
                  `t145`.`#local0` < 1173596400,
                  IF(
                    `t145`.`#local0` < 1143961200,
                    -18000,
                    IF(`t145`.`#local0` < 1162101600, -14400, -18000)
                  ),
                  IF(
                    `t145`.`#local0` < 1194156000,
                    -14400,
                    IF(`t145`.`#local0` < 1205046000, -18000, -14400)
                  )
                )
              ),
              IF(
                `t145`.`#local0` < 1320559200,
                IF(
                  `t145`.`#local0` < 1268550000,
                  IF(
                    `t145`.`#local0` < 1236495600,
                    -18000,
                    IF(`t145`.`#local0` < 1257055200, -14400, -18000)
                  ),
                  IF(
                    `t145`.`#local0` < 1289109600,
                    -14400,
                    IF(`t145`.`#local0` < 1299999600, -18000, -14400)
                  )
                ),
                IF(
                  `t145`.`#local0` < 1362898800,
                  IF(
                    `t145`.`#local0` < 1331449200,
                    -18000,
                    IF(`t145`.`#local0` < 1352008800, -14400, -18000)
                  ),
                  IF(
                    `t145`.`#local0` < 1383458400,
                    -14400,
                    IF(`t145`.`#local0` < 1394348400, -18000, -14400)
                  )
                )
              )
            )
          )
        ),
        IF(
          `t145`.`#local0` < 2120108400,
          IF(
            `t145`.`#local0` < 1762063200,
            IF(
              `t145`.`#local0` < 1583650800,
              IF(
                `t145`.`#local0` < 1489302000,
                IF(
                  `t145`.`#local0` < 1446357600,
                  IF(`t145`.`#local0` < 1425798000, -18000, -14400),
                  IF(
                    `t145`.`#local0` < 1457852400,
                    -18000,
                    IF(`t145`.`#local0` < 1478412000, -14400, -18000)
                  )
                ),
                IF(
                  `t145`.`#local0` < 1541311200,
                  IF(
                    `t145`.`#local0` < 1509861600,
                    -14400,
                    IF(`t145`.`#local0` < 1520751600, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 1552201200,
                    -18000,
                    IF(`t145`.`#local0` < 1572760800, -14400, -18000)
                  )
                )
              ),
              IF(
                `t145`.`#local0` < 1667714400,
                IF(
                  `t145`.`#local0` < 1615705200,
                  IF(`t145`.`#local0` < 1604210400, -14400, -18000),
                  IF(
                    `t145`.`#local0` < 1636264800,
                    -14400,
                    IF(`t145`.`#local0` < 1647154800, -18000, -14400)
                  )
                ),
                IF(
                  `t145`.`#local0` < 1710054000,
                  IF(
                    `t145`.`#local0` < 1678604400,
                    -18000,
                    IF(`t145`.`#local0` < 1699164000, -14400, -18000)
                  ),
                  IF(
                    `t145`.`#local0` < 1730613600,
                    -14400,
                    IF(`t145`.`#local0` < 1741503600, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t145`.`#local0` < 1930806000,
              IF(
                `t145`.`#local0` < 1836457200,
                IF(
                  `t145`.`#local0` < 1793512800,
                  IF(`t145`.`#local0` < 1772953200, -18000, -14400),
                  IF(
                    `t145`.`#local0` < 1805007600,
                    -18000,
                    IF(`t145`.`#local0` < 1825567200, -14400, -18000)
                  )
                ),
                IF(
                  `t145`.`#local0` < 1888466400,
                  IF(
                    `t145`.`#local0` < 1857016800,
                    -14400,
                    IF(`t145`.`#local0` < 1867906800, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 1899356400,
                    -18000,
                    IF(`t145`.`#local0` < 1919916000, -14400, -18000)
                  )
                )
              ),
              IF(
                `t145`.`#local0` < 2025759600,
                IF(
                  `t145`.`#local0` < 1983420000,
                  IF(
                    `t145`.`#local0` < 1951365600,
                    -14400,
                    IF(`t145`.`#local0` < 1962860400, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 1994310000,
                    -18000,
                    IF(`t145`.`#local0` < 2014869600, -14400, -18000)
                  )
                ),
                IF(
                  `t145`.`#local0` < 2077768800,
                  IF(
                    `t145`.`#local0` < 2046319200,
                    -14400,
                    IF(`t145`.`#local0` < 2057209200, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 2088658800,
                    -18000,
                    IF(`t145`.`#local0` < 2109218400, -14400, -18000)
                  )
                )
              )
            )
          ),
          IF(
            `t145`.`#local0` < 2487823200,
            IF(
              `t145`.`#local0` < 2298520800,
              IF(
                `t145`.`#local0` < 2204172000,
                IF(
                  `t145`.`#local0` < 2152162800,
                  IF(`t145`.`#local0` < 2140668000, -14400, -18000),
                  IF(
                    `t145`.`#local0` < 2172722400,
                    -14400,
                    IF(`t145`.`#local0` < 2183612400, -18000, -14400)
                  )
                ),
                IF(
                  `t145`.`#local0` < 2246511600,
                  IF(
                    `t145`.`#local0` < 2215062000,
                    -18000,
                    IF(`t145`.`#local0` < 2235621600, -14400, -18000)
                  ),
                  IF(
                    `t145`.`#local0` < 2267071200,
                    -14400,
                    IF(`t145`.`#local0` < 2277961200, -18000, -14400)
                  )
                )
              ),
              IF(
                `t145`.`#local0` < 2393474400,
                IF(
                  `t145`.`#local0` < 2341465200,
                  IF(
                    `t145`.`#local0` < 2309410800,
                    -18000,
                    IF(`t145`.`#local0` < 2329970400, -14400, -18000)
                  ),
                  IF(
                    `t145`.`#local0` < 2362024800,
                    -14400,
                    IF(`t145`.`#local0` < 2372914800, -18000, -14400)
                  )
                ),
                IF(
                  `t145`.`#local0` < 2435814000,
                  IF(
                    `t145`.`#local0` < 2404364400,
                    -18000,
                    IF(`t145`.`#local0` < 2424924000, -14400, -18000)
                  ),
                  IF(
                    `t145`.`#local0` < 2456373600,
                    -14400,
                    IF(`t145`.`#local0` < 2467263600, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t145`.`#local0` < 2656566000,
              IF(
                `t145`.`#local0` < 2562217200,
                IF(
                  `t145`.`#local0` < 2519877600,
                  IF(`t145`.`#local0` < 2499318000, -18000, -14400),
                  IF(
                    `t145`.`#local0` < 2530767600,
                    -18000,
                    IF(`t145`.`#local0` < 2551327200, -14400, -18000)
                  )
                ),
                IF(
                  `t145`.`#local0` < 2614226400,
                  IF(
                    `t145`.`#local0` < 2582776800,
                    -14400,
                    IF(`t145`.`#local0` < 2593666800, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 2625116400,
                    -18000,
                    IF(`t145`.`#local0` < 2645676000, -14400, -18000)
                  )
                )
              ),
              IF(
                `t145`.`#local0` < 2751519600,
                IF(
                  `t145`.`#local0` < 2709180000,
                  IF(
                    `t145`.`#local0` < 2677125600,
                    -14400,
                    IF(`t145`.`#local0` < 2688620400, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 2720070000,
                    -18000,
                    IF(`t145`.`#local0` < 2740629600, -14400, -18000)
                  )
                ),
                IF(
                  `t145`.`#local0` < 2803528800,
                  IF(
                    `t145`.`#local0` < 2772079200,
                    -14400,
                    IF(`t145`.`#local0` < 2782969200, -18000, -14400)
                  ),
                  IF(
                    `t145`.`#local0` < 2814418800,
                    -18000,
                    IF(`t145`.`#local0` < 2834978400, -14400, -18000)
                  )
                )
              )
            )
          )
        )
      )
    ) AS DATETIME) AS `#local0`
  FROM (
    SELECT
      `t144`.`row`,
      `t144`.`at`,
      `t144`.`x`,
      `t144`.`y`,
      `t144`.`n`,
      `t144`.`m`,
      `t144`.`s`,
      `t144`.`u`,
      `t144`.`b`,
      `t144`.`c`,
      `t144`.`t`,
      `t144`.`v`,
      `t144`.`d`,
      `t144`.`late`,
      `t144`.`late_at`,
      `t144`.`timed__known_at`,
      `t144`.`timed_level`,
      `t144`.`fixed_name`,
      `t144`.`#event_us`,
      `t144`.`history_counted`,
      `t144`.`history_averaged`,
      `t144`.`history__0__at`,
      `t144`.`history_averaged_floats`,
      `t144`.`history__1__at`,
      `t144`.`history_kinds_of_float`,
      `t144`.`history_kinds_of_hour`,
      `t144`.`history_added`,
      `t144`.`history_added_floats`,
      `t144`.`history__2__at`,
      `t144`.`history_smallest_text`,
      `t144`.`history_largest_truth`,
      `t144`.`history__3__at`,
      `t144`.`history_label_share`,
      `t144`.`history__4__at`,
      `t144`.`history_latest_label`,
      `t144`.`history_days`,
      `t144`.`history__5__at`,
      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t144`.`t`, SECOND)) AS INT64) AS `#local0`
    FROM (
      SELECT
        `t143`.*
        EXCEPT (`#h5k0`, `#us`)
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
          `t142`.`#event_us`,
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
          `t98`.`#h5k0`,
          `t98`.`#us`,
          `t98`.`history_days`,
          `t98`.`history__5__at`
        FROM (
          SELECT
            `t140`.*
            EXCEPT (`#h4k0`, `#us`)
          FROM (
            SELECT
              `t139`.`row`,
              `t139`.`at`,
              `t139`.`x`,
              `t139`.`y`,
              `t139`.`n`,
              `t139`.`m`,
              `t139`.`s`,
              `t139`.`u`,
              `t139`.`b`,
              `t139`.`c`,
              `t139`.`t`,
              `t139`.`v`,
              `t139`.`d`,
              `t139`.`late`,
              `t139`.`late_at`,
              `t139`.`timed__known_at`,
              `t139`.`timed_level`,
              `t139`.`fixed_name`,
              `t139`.`#event_us`,
              `t139`.`history_counted`,
              `t139`.`history_averaged`,
              `t139`.`history__0__at`,
              `t139`.`history_averaged_floats`,
              `t139`.`history__1__at`,
              `t139`.`history_kinds_of_float`,
              `t139`.`history_kinds_of_hour`,
              `t139`.`history_added`,
              `t139`.`history_added_floats`,
              `t139`.`history__2__at`,
              `t139`.`history_smallest_text`,
              `t139`.`history_largest_truth`,
              `t139`.`history__3__at`,
              `t122`.`#h4k0`,
              `t122`.`#us`,
              `t122`.`history_label_share`,
              `t122`.`history__4__at`,
              `t122`.`history_latest_label`
            FROM (
              SELECT
                `t137`.*
                EXCEPT (`#us`)
              FROM (
                SELECT
                  `t136`.`row`,
                  `t136`.`at`,
                  `t136`.`x`,
                  `t136`.`y`,
                  `t136`.`n`,
                  `t136`.`m`,
                  `t136`.`s`,
                  `t136`.`u`,
                  `t136`.`b`,
                  `t136`.`c`,
                  `t136`.`t`,
                  `t136`.`v`,
                  `t136`.`d`,
                  `t136`.`late`,
                  `t136`.`late_at`,
                  `t136`.`timed__known_at`,
                  `t136`.`timed_level`,
                  `t136`.`fixed_name`,
                  `t136`.`#event_us`,
                  `t136`.`history_counted`,
                  `t136`.`history_averaged`,
                  `t136`.`history__0__at`,
                  `t136`.`history_averaged_floats`,
                  `t136`.`history__1__at`,
                  `t136`.`history_kinds_of_float`,
                  `t136`.`history_kinds_of_hour`,
                  `t136`.`history_added`,
                  `t136`.`history_added_floats`,
                  `t136`.`history__2__at`,
                  `t87`.`#us`,
                  `t87`.`history_smallest_text`,
                  `t87`.`history_largest_truth`,
                  `t87`.`history__3__at`
                FROM (
                  SELECT
                    `t134`.*
                    EXCEPT (`#h2k1`, `#us`, `#h2k0`)
                  FROM (
                    SELECT
                      `t133`.`row`,
                      `t133`.`at`,
                      `t133`.`x`,
                      `t133`.`y`,
                      `t133`.`n`,
                      `t133`.`m`,
                      `t133`.`s`,
                      `t133`.`u`,
                      `t133`.`b`,
                      `t133`.`c`,
                      `t133`.`t`,
                      `t133`.`v`,
                      `t133`.`d`,
                      `t133`.`late`,
                      `t133`.`late_at`,
                      `t133`.`timed__known_at`,
                      `t133`.`timed_level`,
                      `t133`.`fixed_name`,
                      `t133`.`#event_us`,
                      `t133`.`history_counted`,
                      `t133`.`history_averaged`,
                      `t133`.`history__0__at`,
                      `t133`.`history_averaged_floats`,
                      `t133`.`history__1__at`,
                      `t133`.`history_kinds_of_float`,
                      `t133`.`history_kinds_of_hour`,
                      `t93`.`#h2k0`,
                      `t93`.`#h2k1`,
                      `t93`.`#us`,
                      `t93`.`history_added`,
                      `t93`.`history_added_floats`,
                      `t93`.`history__2__at`
                    FROM (
                      SELECT
                        `t131`.*
                        EXCEPT (`#us`, `#h1k0`)
                      FROM (
                        SELECT
                          `t130`.`row`,
                          `t130`.`at`,
                          `t130`.`x`,
                          `t130`.`y`,
                          `t130`.`n`,
                          `t130`.`m`,
                          `t130`.`s`,
                          `t130`.`u`,
                          `t130`.`b`,
                          `t130`.`c`,
                          `t130`.`t`,
                          `t130`.`v`,
                          `t130`.`d`,
                          `t130`.`late`,
                          `t130`.`late_at`,
                          `t130`.`timed__known_at`,
                          `t130`.`timed_level`,
                          `t130`.`fixed_name`,
                          `t130`.`#event_us`,
                          `t130`.`history_counted`,
                          `t130`.`history_averaged`,
                          `t130`.`history__0__at`,
                          `t130`.`history_averaged_floats`,
                          `t130`.`history__1__at`,
                          `t130`.`history_kinds_of_float`,
                          `t121`.`#h1k0`,
                          `t121`.`#us`,
                          `t121`.`history_kinds_of_hour`
                        FROM (
                          SELECT
                            `t128`.*
                            EXCEPT (`#us`, `#h1k0`)
                          FROM (
                            SELECT
                              `t127`.`row`,
                              `t127`.`at`,
                              `t127`.`x`,
                              `t127`.`y`,
                              `t127`.`n`,
                              `t127`.`m`,
                              `t127`.`s`,
                              `t127`.`u`,
                              `t127`.`b`,
                              `t127`.`c`,
                              `t127`.`t`,
                              `t127`.`v`,
                              `t127`.`d`,
                              `t127`.`late`,
                              `t127`.`late_at`,
                              `t127`.`timed__known_at`,
                              `t127`.`timed_level`,
                              `t127`.`fixed_name`,
                              `t127`.`#event_us`,
                              `t127`.`history_counted`,
                              `t127`.`history_averaged`,
                              `t127`.`history__0__at`,
                              `t127`.`history_averaged_floats`,
                              `t127`.`history__1__at`,
                              `t108`.`#h1k0`,
                              `t108`.`#us`,
                              `t108`.`history_kinds_of_float`
                            FROM (
                              SELECT
                                `t125`.*
                                EXCEPT (`#us`, `#h1k0`)
                              FROM (
                                SELECT
                                  `t124`.`row`,
                                  `t124`.`at`,
                                  `t124`.`x`,
                                  `t124`.`y`,
                                  `t124`.`n`,
                                  `t124`.`m`,
                                  `t124`.`s`,
                                  `t124`.`u`,
                                  `t124`.`b`,
                                  `t124`.`c`,
                                  `t124`.`t`,
                                  `t124`.`v`,
                                  `t124`.`d`,
                                  `t124`.`late`,
                                  `t124`.`late_at`,
                                  `t124`.`timed__known_at`,
                                  `t124`.`timed_level`,
                                  `t124`.`fixed_name`,
                                  `t124`.`#event_us`,
                                  `t124`.`history_counted`,
                                  `t124`.`history_averaged`,
                                  `t124`.`history__0__at`,
                                  `t91`.`#h1k0`,
                                  `t91`.`#us`,
                                  `t91`.`history_averaged_floats`,
                                  `t91`.`history__1__at`
                                FROM (
                                  SELECT
                                    `t120`.*
                                    EXCEPT (`#h0k0`, `#us`)
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
                                      `t115`.`#event_us`,
                                      `t101`.`#h0k0`,
                                      `t101`.`#us`,
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
                                        ) + CAST(EXTRACT(microsecond FROM `t105`.`at`) AS INT64) AS `#event_us`
                                      FROM (
                                        SELECT
                                          `t104`.*
                                          EXCEPT (`fixed#u`)
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
                                            `t12`.`fixed#u`,
                                            `t12`.`fixed_name`
                                          FROM (
                                            SELECT
                                              `t90`.*
                                              EXCEPT (`timed#s`, `timed#known`)
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
                                                `t13`.`timed#s`,
                                                `t13`.`timed_level`,
                                                `t13`.`timed#known`
                                              FROM (
                                                SELECT
                                                  `t75`.*
                                                  EXCEPT (`timed#k0`, `timed#at`)
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
                                                    `t64`.`timed#k0`,
                                                    `t64`.`timed#at`,
                                                    `t64`.`timed__known_at`
                                                  FROM `events` AS `t6`
                                                  LEFT OUTER JOIN (
                                                    SELECT
                                                      `t30`.`timed#k0`,
                                                      `t30`.`timed#at`,
                                                      IF(
                                                        (
                                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t30`.`timed#at`, SECOND)) AS INT64) - CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t30`.`known`, SECOND)) AS INT64)
                                                        ) <= 10800,
                                                        `t30`.`known`,
                                                        CAST(NULL AS TIMESTAMP)
                                                      ) AS `timed__known_at`
                                                    FROM (
                                                      SELECT
                                                        `t14`.`timed#k0`,
                                                        `t14`.`timed#at`,
                                                        MAX(`t14`.`known`) OVER (
                                                          PARTITION BY `t14`.`timed#k0`
                                                          ORDER BY `t14`.`timed#at` ASC, `t14`.`asks` ASC
                                                          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                        ) AS `known`,
                                                        `t14`.`asks`
                                                      FROM (
                                                        SELECT
                                                          *
                                                        FROM (
                                                          SELECT
                                                            `t7`.`timed#k0`,
                                                            `t7`.`timed#at`,
                                                            CAST(NULL AS TIMESTAMP) AS `known`,
                                                            1 AS `asks`
                                                          FROM (
                                                            SELECT DISTINCT
                                                              `t0`.`s` AS `timed#k0`,
                                                              `t0`.`at` AS `timed#at`
                                                            FROM `events` AS `t0`
                                                          ) AS `t7`
                                                        ) AS `t11`
                                                        UNION ALL
                                                        SELECT
                                                          *
                                                        FROM (
                                                          SELECT
                                                            `t5`.`s` AS `timed#k0`,
                                                            `t5`.`told` AS `timed#at`,
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
                                                    ON `t6`.`s` = `t64`.`timed#k0` AND `t6`.`at` = `t64`.`timed#at`
                                                ) AS `t75`
                                              ) AS `t81`
                                              LEFT OUTER JOIN (
                                                SELECT
                                                  `t5`.`s` AS `timed#s`,
                                                  `t5`.`level` AS `timed_level`,
                                                  `t5`.`told` AS `timed#known`
                                                FROM `timed` AS `t5`
                                                WHERE
                                                  `t5`.`s` IS NOT NULL AND `t5`.`told` < TIMESTAMP('2013-07-01T04:00:00+00:00')
                                              ) AS `t13`
                                                ON `t81`.`s` = `t13`.`timed#s` AND `t81`.`timed__known_at` = `t13`.`timed#known`
                                            ) AS `t90`
                                          ) AS `t97`
                                          LEFT OUTER JOIN (
                                            SELECT
                                              `t4`.`u` AS `fixed#u`,
                                              `t4`.`name` AS `fixed_name`
                                            FROM `fixed` AS `t4`
                                            WHERE
                                              `t4`.`u` IS NOT NULL
                                          ) AS `t12`
                                            ON `t97`.`u` = `t12`.`fixed#u`
                                        ) AS `t104`
                                      ) AS `t105`
                                    ) AS `t115`
                                    LEFT OUTER JOIN (
                                      SELECT
                                        `t76`.`#h0k0`,
                                        `t76`.`#us`,
                                        `t76`.`count_counted` AS `history_counted`,
                                        ieee_divide(
                                          CAST(`t76`.`sum_averaged` AS FLOAT64),
                                          CAST(NULLIF(`t76`.`count_averaged`, 0) AS FLOAT64)
                                        ) AS `history_averaged`,
                                        IF(
                                          (
                                            (
                                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t76`.`#at`, SECOND)) AS INT64) * 1000000
                                            ) + CAST(EXTRACT(microsecond FROM `t76`.`#at`) AS INT64)
                                          ) > (
                                            `t76`.`#us` - 86400000000
                                          ),
                                          `t76`.`#at`,
                                          CAST(NULL AS TIMESTAMP)
                                        ) AS `history__0__at`
                                      FROM (
                                        SELECT
                                          `t61`.`#h0k0`,
                                          `t61`.`#us`,
                                          `t61`.`#asks`,
                                          MAX(`t61`.`#at`) OVER (
                                            PARTITION BY `t61`.`#h0k0`
                                            ORDER BY `t61`.`#us` ASC, `t61`.`#asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS `#at`,
                                          SAFE_CAST(CAST(SUM(`t61`.`count_counted`) OVER (
                                            PARTITION BY `t61`.`#h0k0`
                                            ORDER BY `t61`.`#us` ASC, `t61`.`#asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS NUMERIC) AS INT64) AS `count_counted`,
                                          SAFE_CAST(CAST(SUM(`t61`.`sum_counted`) OVER (
                                            PARTITION BY `t61`.`#h0k0`
                                            ORDER BY `t61`.`#us` ASC, `t61`.`#asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS NUMERIC) AS INT64) AS `sum_counted`,
                                          SAFE_CAST(CAST(SUM(`t61`.`count_averaged`) OVER (
                                            PARTITION BY `t61`.`#h0k0`
                                            ORDER BY `t61`.`#us` ASC, `t61`.`#asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS NUMERIC) AS INT64) AS `count_averaged`,
                                          SAFE_CAST(CAST(SUM(`t61`.`sum_averaged`) OVER (
                                            PARTITION BY `t61`.`#h0k0`
                                            ORDER BY `t61`.`#us` ASC, `t61`.`#asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS NUMERIC) AS INT64) AS `sum_averaged`
                                        FROM (
                                          SELECT
                                            *
                                          FROM (
                                            SELECT
                                              `t37`.`#h0k0`,
                                              `t37`.`#us`,
                                              1 AS `#asks`,
                                              CAST(NULL AS TIMESTAMP) AS `#at`,
                                              0 AS `count_counted`,
                                              0 AS `sum_counted`,
                                              0 AS `count_averaged`,
                                              0 AS `sum_averaged`
                                            FROM (
                                              SELECT DISTINCT
                                                *
                                              FROM (
                                                SELECT
                                                  `t0`.`s` AS `#h0k0`,
                                                  (
                                                    CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
                                                  ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `#us`
                                                FROM `events` AS `t0`
                                              ) AS `t26`
                                              WHERE
                                                `t26`.`#h0k0` IS NOT NULL AND `t26`.`#us` IS NOT NULL
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
                                                `t18`.`s` AS `#h0k0`,
                                                (
                                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t18`.`#at`, SECOND)) AS INT64) * 1000000
                                                ) + CAST(EXTRACT(microsecond FROM `t18`.`#at`) AS INT64) AS `#us`,
                                                0 AS `#asks`,
                                                `t18`.`#at`,
                                                1 AS `count_counted`,
                                                0 AS `sum_counted`,
                                                IF(`t18`.`n` IS NOT NULL, 1, 0) AS `count_averaged`,
                                                COALESCE(`t18`.`n`, 0) * 1 AS `sum_averaged`
                                              FROM `t15` AS `t18`
                                              WHERE
                                                `t18`.`#at` > TIMESTAMP('2013-05-31T04:00:00+00:00')
                                                AND `t18`.`#at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                                AND `t18`.`s` IS NOT NULL
                                            ) AS `t49`
                                            UNION ALL
                                            SELECT
                                              *
                                            FROM (
                                              SELECT
                                                `t18`.`s` AS `#h0k0`,
                                                (
                                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t18`.`#at`, SECOND)) AS INT64) * 1000000
                                                ) + CAST(EXTRACT(microsecond FROM `t18`.`#at`) AS INT64) + 86400000000 AS `#us`,
                                                0 AS `#asks`,
                                                CAST(NULL AS TIMESTAMP) AS `#at`,
                                                -1 AS `count_counted`,
                                                0 AS `sum_counted`,
                                                IF(`t18`.`n` IS NOT NULL, -1, 0) AS `count_averaged`,
                                                COALESCE(`t18`.`n`, 0) * -1 AS `sum_averaged`
                                              FROM `t15` AS `t18`
                                              WHERE
                                                `t18`.`#at` > TIMESTAMP('2013-05-31T04:00:00+00:00')
                                                AND `t18`.`#at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                                AND `t18`.`s` IS NOT NULL
                                            ) AS `t52`
                                          ) AS `t56`
                                        ) AS `t61`
                                      ) AS `t76`
                                      WHERE
                                        `t76`.`#asks` = 1
                                    ) AS `t101`
                                      ON `t115`.`s` = `t101`.`#h0k0` AND `t115`.`#event_us` = `t101`.`#us`
                                  ) AS `t120`
                                ) AS `t124`
                                LEFT OUTER JOIN (
                                  SELECT
                                    `t65`.`#h1k0`,
                                    `t65`.`#us`,
                                    `t65`.`value_averaged_floats` AS `history_averaged_floats`,
                                    IF(
                                      (
                                        (
                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t65`.`#at`, SECOND)) AS INT64) * 1000000
                                        ) + CAST(EXTRACT(microsecond FROM `t65`.`#at`) AS INT64)
                                      ) > (
                                        `t65`.`#us` - 86400000000
                                      ),
                                      `t65`.`#at`,
                                      CAST(NULL AS TIMESTAMP)
                                    ) AS `history__1__at`
                                  FROM (
                                    SELECT
                                      `t53`.`#h1k0`,
                                      `t53`.`#us`,
                                      `t53`.`#asks`,
                                      MAX(`t53`.`#at`) OVER (
                                        PARTITION BY `t53`.`#h1k0`
                                        ORDER BY `t53`.`#us` ASC, `t53`.`#asks` ASC
                                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                      ) AS `#at`,
                                      AVG(`t53`.`value_averaged_floats`) OVER (
                                        PARTITION BY `t53`.`#h1k0`
                                        ORDER BY `t53`.`#us` ASC
                                        RANGE BETWEEN 86399999999 preceding AND CURRENT ROW
                                      ) AS `value_averaged_floats`
                                    FROM (
                                      SELECT
                                        *
                                      FROM (
                                        SELECT
                                          `t19`.`s` AS `#h1k0`,
                                          (
                                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t19`.`#at`, SECOND)) AS INT64) * 1000000
                                          ) + CAST(EXTRACT(microsecond FROM `t19`.`#at`) AS INT64) AS `#us`,
                                          0 AS `#asks`,
                                          `t19`.`#at`,
                                          IF(ABS(`t19`.`x`) <= 3.4028234663852886e+38, `t19`.`x`, NULL) AS `value_averaged_floats`
                                        FROM `t16` AS `t19`
                                      ) AS `t50`
                                      UNION ALL
                                      SELECT
                                        *
                                      FROM (
                                        SELECT
                                          `t38`.`#h1k0`,
                                          `t38`.`#us`,
                                          1 AS `#asks`,
                                          CAST(NULL AS TIMESTAMP) AS `#at`,
                                          CAST(NULL AS FLOAT64) AS `value_averaged_floats`
                                        FROM `t36` AS `t38`
                                      ) AS `t47`
                                    ) AS `t53`
                                  ) AS `t65`
                                  WHERE
                                    `t65`.`#asks` = 1
                                ) AS `t91`
                                  ON `t124`.`s` = `t91`.`#h1k0` AND `t124`.`#event_us` = `t91`.`#us`
                              ) AS `t125`
                            ) AS `t127`
                            LEFT OUTER JOIN (
                              SELECT
                                `t102`.`#h1k0`,
                                `t102`.`#us`,
                                `t102`.`history_kinds_of_float`
                              FROM (
                                SELECT
                                  `t86`.`#h1k0`,
                                  `t86`.`#us`,
                                  `t86`.`#asks`,
                                  `t86`.`#at`,
                                  `t86`.`change`,
                                  SAFE_CAST(CAST(SUM(`t86`.`change`) OVER (
                                    PARTITION BY `t86`.`#h1k0`
                                    ORDER BY `t86`.`#us` ASC, `t86`.`#asks` ASC
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
                                        `t68`.`#h1k0`,
                                        `t68`.`#us`,
                                        0 AS `#asks`,
                                        CAST(NULL AS TIMESTAMP) AS `#at`,
                                        1 AS `change`
                                      FROM `t66` AS `t68`
                                    ) AS `t72`
                                    UNION ALL
                                    SELECT
                                      *
                                    FROM (
                                      SELECT
                                        `t68`.`#h1k0`,
                                        LEAST(`t68`.`#us` + 86400000000, COALESCE(`t68`.`next`, `t68`.`#us` + 86400000000)) AS `#us`,
                                        0 AS `#asks`,
                                        CAST(NULL AS TIMESTAMP) AS `#at`,
                                        -1 AS `change`
                                      FROM `t66` AS `t68`
                                    ) AS `t82`
                                  ) AS `t83`
                                ) AS `t86`
                              ) AS `t102`
                              WHERE
                                `t102`.`#asks` = 1
                            ) AS `t108`
                              ON `t127`.`s` = `t108`.`#h1k0` AND `t127`.`#event_us` = `t108`.`#us`
                          ) AS `t128`
                        ) AS `t130`
                        LEFT OUTER JOIN (
                          SELECT
                            `t116`.`#h1k0`,
                            `t116`.`#us`,
                            `t116`.`history_kinds_of_hour`
                          FROM (
                            SELECT
                              `t110`.`#h1k0`,
                              `t110`.`#us`,
                              `t110`.`#asks`,
                              `t110`.`#at`,
                              `t110`.`change`,
                              SAFE_CAST(CAST(SUM(`t110`.`change`) OVER (
                                PARTITION BY `t110`.`#h1k0`
                                ORDER BY `t110`.`#us` ASC, `t110`.`#asks` ASC
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
                                    `t99`.`#h1k0`,
                                    `t99`.`#us`,
                                    0 AS `#asks`,
                                    CAST(NULL AS TIMESTAMP) AS `#at`,
                                    1 AS `change`
                                  FROM `t96` AS `t99`
                                ) AS `t103`
                                UNION ALL
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    `t99`.`#h1k0`,
                                    LEAST(`t99`.`#us` + 86400000000, COALESCE(`t99`.`next`, `t99`.`#us` + 86400000000)) AS `#us`,
                                    0 AS `#asks`,
                                    CAST(NULL AS TIMESTAMP) AS `#at`,
                                    -1 AS `change`
                                  FROM `t96` AS `t99`
                                ) AS `t107`
                              ) AS `t109`
                            ) AS `t110`
                          ) AS `t116`
                          WHERE
                            `t116`.`#asks` = 1
                        ) AS `t121`
                          ON `t130`.`s` = `t121`.`#h1k0` AND `t130`.`#event_us` = `t121`.`#us`
                      ) AS `t131`
                    ) AS `t133`
                    LEFT OUTER JOIN (
                      SELECT
                        `t67`.`#h2k0`,
                        `t67`.`#h2k1`,
                        `t67`.`#us`,
                        IF(`t67`.`count_added` > 0, `t67`.`sum_added`, NULL) AS `history_added`,
                        `t67`.`value_added_floats` AS `history_added_floats`,
                        IF(
                          (
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t67`.`#at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t67`.`#at`) AS INT64)
                          ) > (
                            `t67`.`#us` - 7200000000
                          ),
                          `t67`.`#at`,
                          CAST(NULL AS TIMESTAMP)
                        ) AS `history__2__at`
                      FROM (
                        SELECT
                          `t45`.`#h2k0`,
                          `t45`.`#h2k1`,
                          `t45`.`#us`,
                          `t45`.`#asks`,
                          MAX(`t45`.`#at`) OVER (
                            PARTITION BY `t45`.`#h2k0`, `t45`.`#h2k1`
                            ORDER BY `t45`.`#us` ASC, `t45`.`#asks` ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS `#at`,
                          SAFE_CAST(CAST(SUM(`t45`.`count_added`) OVER (
                            PARTITION BY `t45`.`#h2k0`, `t45`.`#h2k1`
                            ORDER BY `t45`.`#us` ASC, `t45`.`#asks` ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS NUMERIC) AS INT64) AS `count_added`,
                          SAFE_CAST(CAST(SUM(`t45`.`sum_added`) OVER (
                            PARTITION BY `t45`.`#h2k0`, `t45`.`#h2k1`
                            ORDER BY `t45`.`#us` ASC, `t45`.`#asks` ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS NUMERIC) AS INT64) AS `sum_added`,
                          SUM(`t45`.`value_added_floats`) OVER (
                            PARTITION BY `t45`.`#h2k0`, `t45`.`#h2k1`
                            ORDER BY `t45`.`#us` ASC
                            RANGE BETWEEN 7199999999 preceding AND CURRENT ROW
                          ) AS `value_added_floats`
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              `t35`.`#h2k0`,
                              `t35`.`#h2k1`,
                              `t35`.`#us`,
                              1 AS `#asks`,
                              CAST(NULL AS TIMESTAMP) AS `#at`,
                              0 AS `count_added`,
                              0 AS `sum_added`,
                              CAST(NULL AS FLOAT64) AS `value_added_floats`
                            FROM (
                              SELECT DISTINCT
                                *
                              FROM (
                                SELECT
                                  `t0`.`s` AS `#h2k0`,
                                  `t0`.`u` AS `#h2k1`,
                                  (
                                    CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
                                  ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `#us`
                                FROM `events` AS `t0`
                              ) AS `t24`
                              WHERE
                                `t24`.`#h2k0` IS NOT NULL
                                AND `t24`.`#h2k1` IS NOT NULL
                                AND `t24`.`#us` IS NOT NULL
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
                                `t2`.`s` AS `#h2k0`,
                                `t2`.`u` AS `#h2k1`,
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t2`.`told`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t2`.`told`) AS INT64) AS `#us`,
                                0 AS `#asks`,
                                `t2`.`told` AS `#at`,
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
                                `t2`.`s` AS `#h2k0`,
                                `t2`.`u` AS `#h2k1`,
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t2`.`told`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t2`.`told`) AS INT64) + 7200000000 AS `#us`,
                                0 AS `#asks`,
                                CAST(NULL AS TIMESTAMP) AS `#at`,
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
                        `t67`.`#asks` = 1
                    ) AS `t93`
                      ON `t133`.`s` = `t93`.`#h2k0`
                      AND `t133`.`u` = `t93`.`#h2k1`
                      AND `t133`.`#event_us` = `t93`.`#us`
                  ) AS `t134`
                ) AS `t136`
                LEFT OUTER JOIN (
                  SELECT
                    `t62`.`#us`,
                    `t62`.`value_smallest_text` AS `history_smallest_text`,
                    `t62`.`value_largest_truth` = 1 AS `history_largest_truth`,
                    IF(
                      (
                        (
                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t62`.`#at`, SECOND)) AS INT64) * 1000000
                        ) + CAST(EXTRACT(microsecond FROM `t62`.`#at`) AS INT64)
                      ) > (
                        `t62`.`#us` - 90000000
                      ),
                      `t62`.`#at`,
                      CAST(NULL AS TIMESTAMP)
                    ) AS `history__3__at`
                  FROM (
                    SELECT
                      `t44`.`#us`,
                      `t44`.`#asks`,
                      MAX(`t44`.`#at`) OVER (
                        ORDER BY `t44`.`#us` ASC, `t44`.`#asks` ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      ) AS `#at`,
                      MIN(`t44`.`value_smallest_text`) OVER (ORDER BY `t44`.`#us` ASC RANGE BETWEEN 89999999 preceding AND CURRENT ROW) AS `value_smallest_text`,
                      MAX(`t44`.`value_largest_truth`) OVER (ORDER BY `t44`.`#us` ASC RANGE BETWEEN 89999999 preceding AND CURRENT ROW) AS `value_largest_truth`
                    FROM (
                      SELECT
                        *
                      FROM (
                        SELECT
                          (
                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t2`.`told`, SECOND)) AS INT64) * 1000000
                          ) + CAST(EXTRACT(microsecond FROM `t2`.`told`) AS INT64) AS `#us`,
                          0 AS `#asks`,
                          `t2`.`told` AS `#at`,
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
                          `t33`.`#us`,
                          1 AS `#asks`,
                          CAST(NULL AS TIMESTAMP) AS `#at`,
                          CAST(NULL AS STRING) AS `value_smallest_text`,
                          CAST(NULL AS INT64) AS `value_largest_truth`
                        FROM (
                          SELECT DISTINCT
                            *
                          FROM (
                            SELECT
                              (
                                CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
                              ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `#us`
                            FROM `events` AS `t0`
                          ) AS `t22`
                          WHERE
                            `t22`.`#us` IS NOT NULL
                        ) AS `t33`
                      ) AS `t40`
                    ) AS `t44`
                  ) AS `t62`
                  WHERE
                    `t62`.`#asks` = 1
                ) AS `t87`
                  ON `t136`.`#event_us` = `t87`.`#us`
              ) AS `t137`
            ) AS `t139`
            LEFT OUTER JOIN (
              SELECT
                `t117`.*
                EXCEPT (`history.latest_label#`)
              FROM (
                SELECT
                  `t114`.`#h4k0`,
                  `t114`.`#us`,
                  `t114`.`history_label_share`,
                  `t114`.`history__4__at`,
                  `t114`.`history_latest_label#`,
                  `t114`.`history_latest_label#` = 1 AS `history_latest_label`
                FROM (
                  SELECT
                    `t112`.`#h4k0`,
                    `t112`.`#us`,
                    `t112`.`history_latest_label`,
                    `t112`.`history_label_share`,
                    `t112`.`history__4__at`,
                    `t78`.`#h4k0#`,
                    `t78`.`#us#`,
                    `t78`.`history_latest_label#`
                  FROM (
                    SELECT
                      `t92`.`#h4k0`,
                      `t92`.`#us`,
                      IF(
                        `t92`.`latest_latest_label` > (
                          `t92`.`#us` - 604800000000
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
                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t92`.`#at`, SECOND)) AS INT64) * 1000000
                          ) + CAST(EXTRACT(microsecond FROM `t92`.`#at`) AS INT64)
                        ) > (
                          `t92`.`#us` - 604800000000
                        ),
                        `t92`.`#at`,
                        CAST(NULL AS TIMESTAMP)
                      ) AS `history__4__at`
                    FROM (
                      SELECT
                        `t79`.`#h4k0`,
                        `t79`.`#us`,
                        `t79`.`#asks`,
                        MAX(`t79`.`#at`) OVER (
                          PARTITION BY `t79`.`#h4k0`
                          ORDER BY `t79`.`#us` ASC, `t79`.`#asks` ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                        ) AS `#at`,
                        MAX(`t79`.`latest_latest_label`) OVER (
                          PARTITION BY `t79`.`#h4k0`
                          ORDER BY `t79`.`#us` ASC, `t79`.`#asks` ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                        ) AS `latest_latest_label`,
                        SAFE_CAST(CAST(SUM(`t79`.`count_label_share`) OVER (
                          PARTITION BY `t79`.`#h4k0`
                          ORDER BY `t79`.`#us` ASC, `t79`.`#asks` ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                        ) AS NUMERIC) AS INT64) AS `count_label_share`,
                        SAFE_CAST(CAST(SUM(`t79`.`sum_label_share`) OVER (
                          PARTITION BY `t79`.`#h4k0`
                          ORDER BY `t79`.`#us` ASC, `t79`.`#asks` ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                        ) AS NUMERIC) AS INT64) AS `sum_label_share`
                      FROM (
                        SELECT
                          *
                        FROM (
                          SELECT
                            `t34`.`#h4k0`,
                            `t34`.`#us`,
                            1 AS `#asks`,
                            CAST(NULL AS TIMESTAMP) AS `#at`,
                            CAST(NULL AS INT64) AS `latest_latest_label`,
                            0 AS `count_label_share`,
                            0 AS `sum_label_share`
                          FROM (
                            SELECT DISTINCT
                              *
                            FROM (
                              SELECT
                                `t0`.`s` AS `#h4k0`,
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `#us`
                              FROM `events` AS `t0`
                            ) AS `t23`
                            WHERE
                              `t23`.`#h4k0` IS NOT NULL AND `t23`.`#us` IS NOT NULL
                          ) AS `t34`
                        ) AS `t41`
                        UNION ALL
                        SELECT
                          *
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              `t59`.`#h4k0`,
                              `t59`.`#us`,
                              0 AS `#asks`,
                              `t59`.`#at`,
                              IF(`t59`.`value_latest_label` IS NOT NULL, `t59`.`#us`, CAST(NULL AS INT64)) AS `latest_latest_label`,
                              IF(`t59`.`value_label_share` IS NOT NULL, 1, 0) AS `count_label_share`,
                              COALESCE(CAST(`t59`.`value_label_share` AS INT64), 0) * 1 AS `sum_label_share`
                            FROM (
                              SELECT
                                `t20`.`s` AS `#h4k0`,
                                `t20`.`#at`,
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`#at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t20`.`#at`) AS INT64) AS `#us`,
                                `t20`.`late` AS `value_latest_label`,
                                `t20`.`late` AS `value_label_share`
                              FROM `t17` AS `t20`
                              WHERE
                                `t20`.`#at` > TIMESTAMP('2013-05-25T04:00:00+00:00')
                                AND `t20`.`#at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
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
                              `t20`.`s` AS `#h4k0`,
                              (
                                CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`#at`, SECOND)) AS INT64) * 1000000
                              ) + CAST(EXTRACT(microsecond FROM `t20`.`#at`) AS INT64) + 604800000000 AS `#us`,
                              0 AS `#asks`,
                              CAST(NULL AS TIMESTAMP) AS `#at`,
                              CAST(NULL AS INT64) AS `latest_latest_label`,
                              IF(`t20`.`late` IS NOT NULL, -1, 0) AS `count_label_share`,
                              COALESCE(CAST(`t20`.`late` AS INT64), 0) * -1 AS `sum_label_share`
                            FROM `t17` AS `t20`
                            WHERE
                              `t20`.`#at` > TIMESTAMP('2013-05-25T04:00:00+00:00')
                              AND `t20`.`#at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
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
                      `t92`.`#asks` = 1
                  ) AS `t112`
                  LEFT OUTER JOIN (
                    SELECT
                      `t69`.`#h4k0` AS `#h4k0#`,
                      `t69`.`#us` AS `#us#`,
                      `t69`.`history_latest_label#`
                    FROM (
                      SELECT
                        `t57`.`#h4k0`,
                        `t57`.`#us`,
                        MAX(CAST(`t57`.`value_latest_label` AS INT64)) AS `history_latest_label#`
                      FROM (
                        SELECT
                          `t20`.`s` AS `#h4k0`,
                          `t20`.`#at`,
                          (
                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t20`.`#at`, SECOND)) AS INT64) * 1000000
                          ) + CAST(EXTRACT(microsecond FROM `t20`.`#at`) AS INT64) AS `#us`,
                          `t20`.`late` AS `value_latest_label`,
                          `t20`.`late` AS `value_label_share`
                        FROM `t17` AS `t20`
                        WHERE
                          `t20`.`#at` > TIMESTAMP('2013-05-25T04:00:00+00:00')
                          AND `t20`.`#at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
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
                    ON `t112`.`#h4k0` = `t78`.`#h4k0#` AND `t112`.`history_latest_label` = `t78`.`#us#`
                ) AS `t114`
              ) AS `t117`
            ) AS `t122`
              ON `t139`.`s` = `t122`.`#h4k0` AND `t139`.`#event_us` = `t122`.`#us`
          ) AS `t140`
        ) AS `t142`
        LEFT OUTER JOIN (
          SELECT
            `t70`.`#h5k0`,
            `t70`.`#us`,
            ieee_divide(
              CAST(`t70`.`#us` - IF(
                `t70`.`latest_days` > (
                  `t70`.`#us` - 604800000000
                ),
                `t70`.`latest_days`,
                CAST(NULL AS INT64)
              ) AS FLOAT64),
              86400000000.0
            ) AS `history_days`,
            IF(
              (
                (
                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t70`.`#at`, SECOND)) AS INT64) * 1000000
                ) + CAST(EXTRACT(microsecond FROM `t70`.`#at`) AS INT64)
              ) > (
                `t70`.`#us` - 604800000000
              ),
              `t70`.`#at`,
              CAST(NULL AS TIMESTAMP)
            ) AS `history__5__at`
          FROM (
            SELECT
              `t60`.`#h5k0`,
              `t60`.`#us`,
              `t60`.`#asks`,
              MAX(`t60`.`#at`) OVER (
                PARTITION BY `t60`.`#h5k0`
                ORDER BY `t60`.`#us` ASC, `t60`.`#asks` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS `#at`,
              MAX(`t60`.`latest_days`) OVER (
                PARTITION BY `t60`.`#h5k0`
                ORDER BY `t60`.`#us` ASC, `t60`.`#asks` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS `latest_days`
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  `t48`.`#h5k0`,
                  `t48`.`#us`,
                  0 AS `#asks`,
                  `t48`.`#at`,
                  `t48`.`#us` AS `latest_days`
                FROM (
                  SELECT
                    `t18`.`s` AS `#h5k0`,
                    `t18`.`#at`,
                    (
                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t18`.`#at`, SECOND)) AS INT64) * 1000000
                    ) + CAST(EXTRACT(microsecond FROM `t18`.`#at`) AS INT64) AS `#us`
                  FROM `t15` AS `t18`
                  WHERE
                    `t18`.`#at` > TIMESTAMP('2013-05-25T04:00:00+00:00')
                    AND `t18`.`#at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                    AND `t18`.`s` IS NOT NULL
                ) AS `t48`
              ) AS `t55`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  `t32`.`#h5k0`,
                  `t32`.`#us`,
                  1 AS `#asks`,
                  CAST(NULL AS TIMESTAMP) AS `#at`,
                  CAST(NULL AS INT64) AS `latest_days`
                FROM (
                  SELECT DISTINCT
                    *
                  FROM (
                    SELECT
                      `t0`.`s` AS `#h5k0`,
                      (
                        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`at`, SECOND)) AS INT64) * 1000000
                      ) + CAST(EXTRACT(microsecond FROM `t0`.`at`) AS INT64) AS `#us`
                    FROM `events` AS `t0`
                  ) AS `t21`
                  WHERE
                    `t21`.`#h5k0` IS NOT NULL AND `t21`.`#us` IS NOT NULL
                ) AS `t32`
              ) AS `t39`
            ) AS `t60`
          ) AS `t70`
          WHERE
            `t70`.`#asks` = 1
        ) AS `t98`
          ON `t142`.`s` = `t98`.`#h5k0` AND `t142`.`#event_us` = `t98`.`#us`
      ) AS `t143`
    ) AS `t144`
  ) AS `t145`
) AS `t146`
