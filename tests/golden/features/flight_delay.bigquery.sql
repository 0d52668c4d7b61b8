WITH `t15` AS (
  SELECT
    `t1`.`carrier`,
    `t1`.`dest`,
    `t1`.`flight`,
    `t1`.`late`,
    `t1`.`late_known_at`,
    `t1`.`origin`,
    `t1`.`requested_at`,
    IF(
      `t1`.`late_known_at` IS NOT NULL,
      GREATEST(`t1`.`late_known_at`, TIMESTAMP_ADD(`t1`.`requested_at`, INTERVAL '1' MICROSECOND)),
      NULL
    ) AS `_x23_at`
  FROM `_labels` AS `t1`
  WHERE
    `t1`.`late` IS NOT NULL
)
SELECT
  `t152`.`flight_id`,
  `t152`.`requested_at`,
  IF(
    ABS(
      CAST(EXTRACT(hour FROM `t152`.`_x23_local0`) AS INT64) + ieee_divide(
        CAST(CAST(EXTRACT(minute FROM `t152`.`_x23_local0`) AS INT64) AS FLOAT64),
        NULLIF(CAST(60 AS FLOAT64), 0.0)
      )
    ) <= 3.4028234663852886e+38,
    CAST(EXTRACT(hour FROM `t152`.`_x23_local0`) AS INT64) + ieee_divide(
      CAST(CAST(EXTRACT(minute FROM `t152`.`_x23_local0`) AS INT64) AS FLOAT64),
      NULLIF(CAST(60 AS FLOAT64), 0.0)
    ),
    NULL
  ) AS `dep_hour`,
  CAST((
    MOD(EXTRACT(dayofweek FROM `t152`.`_x23_local0`) + 5, 7)
  ) + 1 AS INT64) AS `dep_weekday`,
  IF(
    ABS(
      CAST(EXTRACT(hour FROM `t152`.`_x23_local1`) AS INT64) + ieee_divide(
        CAST(CAST(EXTRACT(minute FROM `t152`.`_x23_local1`) AS INT64) AS FLOAT64),
        NULLIF(CAST(60 AS FLOAT64), 0.0)
      )
    ) <= 3.4028234663852886e+38,
    CAST(EXTRACT(hour FROM `t152`.`_x23_local1`) AS INT64) + ieee_divide(
      CAST(CAST(EXTRACT(minute FROM `t152`.`_x23_local1`) AS INT64) AS FLOAT64),
      NULLIF(CAST(60 AS FLOAT64), 0.0)
    ),
    NULL
  ) AS `arr_hour`,
  IF(
    ABS(
      ieee_divide(
        CAST(CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t152`.`sched_arr`, SECOND)) AS INT64) - CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t152`.`sched_dep`, SECOND)) AS INT64) AS FLOAT64),
        NULLIF(CAST(60 AS FLOAT64), 0.0)
      )
    ) <= 3.4028234663852886e+38,
    ieee_divide(
      CAST(CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t152`.`sched_arr`, SECOND)) AS INT64) - CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t152`.`sched_dep`, SECOND)) AS INT64) AS FLOAT64),
      NULLIF(CAST(60 AS FLOAT64), 0.0)
    ),
    NULL
  ) AS `block_minutes`,
  `t152`.`carrier`,
  `t152`.`origin`,
  `t152`.`dest`,
  IF(ABS(`t152`.`distance`) <= 3.4028234663852886e+38, `t152`.`distance`, NULL) AS `distance`,
  CAST(EXTRACT(year FROM `t152`.`_x23_local0`) AS INT64) - `t152`.`plane_year` AS `plane_age`,
  `t152`.`plane_seats`,
  `t152`.`plane_manufacturer` AS `plane_maker`,
  IF(ABS(`t152`.`weather_temp`) <= 3.4028234663852886e+38, `t152`.`weather_temp`, NULL) AS `temp`,
  IF(
    ABS(`t152`.`weather_temp` - `t152`.`weather_dewp`) <= 3.4028234663852886e+38,
    `t152`.`weather_temp` - `t152`.`weather_dewp`,
    NULL
  ) AS `dew_point_gap`,
  IF(ABS(`t152`.`weather_humid`) <= 3.4028234663852886e+38, `t152`.`weather_humid`, NULL) AS `humid`,
  IF(
    ABS(`t152`.`weather_wind_dir`) <= 3.4028234663852886e+38,
    `t152`.`weather_wind_dir`,
    NULL
  ) AS `wind_dir`,
  IF(
    ABS(`t152`.`weather_wind_speed`) <= 3.4028234663852886e+38,
    `t152`.`weather_wind_speed`,
    NULL
  ) AS `wind_speed`,
  IF(
    ABS(`t152`.`weather_wind_gust`) <= 3.4028234663852886e+38,
    `t152`.`weather_wind_gust`,
    NULL
  ) AS `wind_gust`,
  IF(
    ABS(`t152`.`weather_precip`) <= 3.4028234663852886e+38,
    `t152`.`weather_precip`,
    NULL
  ) AS `precip`,
  IF(
    ABS(CASE WHEN `t152`.`weather_temp` < 34 THEN `t152`.`weather_precip` ELSE 0 END) <= 3.4028234663852886e+38,
    CASE WHEN `t152`.`weather_temp` < 34 THEN `t152`.`weather_precip` ELSE 0 END,
    NULL
  ) AS `freezing_precip`,
  IF(
    ABS(`t152`.`weather_pressure`) <= 3.4028234663852886e+38,
    `t152`.`weather_pressure`,
    NULL
  ) AS `pressure`,
  IF(ABS(`t152`.`weather_visib`) <= 3.4028234663852886e+38, `t152`.`weather_visib`, NULL) AS `visib`,
  IF(
    ABS(`t152`.`history_origin_delay_2h`) <= 3.4028234663852886e+38,
    `t152`.`history_origin_delay_2h`,
    NULL
  ) AS `origin_delay_2h`,
  IF(
    ABS(`t152`.`history_origin_delayed_2h`) <= 3.4028234663852886e+38,
    `t152`.`history_origin_delayed_2h`,
    NULL
  ) AS `origin_delayed_2h`,
  IF(
    ABS(`t152`.`history_city_delay_2h`) <= 3.4028234663852886e+38,
    `t152`.`history_city_delay_2h`,
    NULL
  ) AS `city_delay_2h`,
  IF(
    ABS(`t152`.`history_carrier_here_4h`) <= 3.4028234663852886e+38,
    `t152`.`history_carrier_here_4h`,
    NULL
  ) AS `carrier_here_4h`,
  IF(
    ABS(`t152`.`history_plane_delay_12h`) <= 3.4028234663852886e+38,
    `t152`.`history_plane_delay_12h`,
    NULL
  ) AS `plane_delay_12h`,
  IF(
    ABS(`t152`.`history_plane_landed_12h`) <= 3.4028234663852886e+38,
    `t152`.`history_plane_landed_12h`,
    NULL
  ) AS `plane_landed_12h`,
  IF(
    ABS(`t152`.`history_origin_late_3h`) <= 3.4028234663852886e+38,
    `t152`.`history_origin_late_3h`,
    NULL
  ) AS `origin_late_3h`,
  IF(
    ABS(`t152`.`history_carrier_late_6h`) <= 3.4028234663852886e+38,
    `t152`.`history_carrier_late_6h`,
    NULL
  ) AS `carrier_late_6h`,
  IF(
    ABS(`t152`.`history_carrier_late_7d`) <= 3.4028234663852886e+38,
    `t152`.`history_carrier_late_7d`,
    NULL
  ) AS `carrier_late_7d`,
  IF(
    ABS(`t152`.`history_number_late_21d`) <= 3.4028234663852886e+38,
    `t152`.`history_number_late_21d`,
    NULL
  ) AS `number_late_21d`,
  IF(
    ABS(`t152`.`history_dest_late_24h`) <= 3.4028234663852886e+38,
    `t152`.`history_dest_late_24h`,
    NULL
  ) AS `dest_late_24h`,
  `t152`.`late`,
  `t152`.`late_known_at` AS `label_known_at`,
  `t152`.`weather__known_at`,
  `t152`.`history__0__at`,
  `t152`.`history__1__at`,
  `t152`.`history__2__at`,
  `t152`.`history__3__at`,
  `t152`.`history__4__at`,
  `t152`.`history__5__at`,
  `t152`.`history__6__at`,
  `t152`.`history__7__at`,
  `t152`.`history__8__at`,
  `t152`.`history__9__at`
FROM (
  SELECT
    `t151`.`flight_id`,
    `t151`.`requested_at`,
    `t151`.`sched_dep`,
    `t151`.`sched_arr`,
    `t151`.`flight`,
    `t151`.`carrier`,
    `t151`.`origin`,
    `t151`.`dest`,
    `t151`.`tailnum`,
    `t151`.`distance`,
    `t151`.`late`,
    `t151`.`late_known_at`,
    `t151`.`weather__known_at`,
    `t151`.`weather_temp`,
    `t151`.`weather_dewp`,
    `t151`.`weather_humid`,
    `t151`.`weather_wind_dir`,
    `t151`.`weather_wind_speed`,
    `t151`.`weather_wind_gust`,
    `t151`.`weather_precip`,
    `t151`.`weather_pressure`,
    `t151`.`weather_visib`,
    `t151`.`plane_year`,
    `t151`.`plane_seats`,
    `t151`.`plane_manufacturer`,
    `t151`.`_x23_event_us`,
    `t151`.`history_origin_delay_2h`,
    `t151`.`history_origin_delayed_2h`,
    `t151`.`history__0__at`,
    `t151`.`history_city_delay_2h`,
    `t151`.`history__1__at`,
    `t151`.`history_carrier_here_4h`,
    `t151`.`history__2__at`,
    `t151`.`history_plane_delay_12h`,
    `t151`.`history__3__at`,
    `t151`.`history_plane_landed_12h`,
    `t151`.`history__4__at`,
    `t151`.`history_origin_late_3h`,
    `t151`.`history__5__at`,
    `t151`.`history_carrier_late_6h`,
    `t151`.`history__6__at`,
    `t151`.`history_carrier_late_7d`,
    `t151`.`history__7__at`,
    `t151`.`history_number_late_21d`,
    `t151`.`history__8__at`,
    `t151`.`history_dest_late_24h`,
    `t151`.`history__9__at`,
    CAST(TIMESTAMP_SECONDS(
      `t151`.`_x23_local0` + IF(
        `t151`.`_x23_local0` < 1414908000,
        IF(
          `t151`.`_x23_local0` < 702457200,
          IF(
            `t151`.`_x23_local0` < 341388000,
            IF(
              `t151`.`_x23_local0` < 162370800,
              IF(
                `t151`.`_x23_local0` < 73465200,
                IF(
                  `t151`.`_x23_local0` < 25682400,
                  IF(`t151`.`_x23_local0` < 9961200, -18000, -14400),
                  IF(
                    `t151`.`_x23_local0` < 41410800,
                    -18000,
                    IF(`t151`.`_x23_local0` < 57736800, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 120636000,
                  IF(
                    `t151`.`_x23_local0` < 89186400,
                    -14400,
                    IF(`t151`.`_x23_local0` < 104914800, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 126687600,
                    -18000,
                    IF(`t151`.`_x23_local0` < 152085600, -14400, -18000)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local0` < 247039200,
                IF(
                  `t151`.`_x23_local0` < 199263600,
                  IF(`t151`.`_x23_local0` < 183535200, -14400, -18000),
                  IF(
                    `t151`.`_x23_local0` < 215589600,
                    -14400,
                    IF(`t151`.`_x23_local0` < 230713200, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 294217200,
                  IF(
                    `t151`.`_x23_local0` < 262767600,
                    -18000,
                    IF(`t151`.`_x23_local0` < 278488800, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 309938400,
                    -14400,
                    IF(`t151`.`_x23_local0` < 325666800, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t151`.`_x23_local0` < 514969200,
              IF(
                `t151`.`_x23_local0` < 420015600,
                IF(
                  `t151`.`_x23_local0` < 372837600,
                  IF(`t151`.`_x23_local0` < 357116400, -18000, -14400),
                  IF(
                    `t151`.`_x23_local0` < 388566000,
                    -18000,
                    IF(`t151`.`_x23_local0` < 404892000, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 467791200,
                  IF(
                    `t151`.`_x23_local0` < 436341600,
                    -14400,
                    IF(`t151`.`_x23_local0` < 452070000, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 483519600,
                    -18000,
                    IF(`t151`.`_x23_local0` < 499240800, -14400, -18000)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local0` < 607503600,
                IF(
                  `t151`.`_x23_local0` < 562140000,
                  IF(
                    `t151`.`_x23_local0` < 530690400,
                    -14400,
                    IF(`t151`.`_x23_local0` < 544604400, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 576054000,
                    -18000,
                    IF(`t151`.`_x23_local0` < 594194400, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 657093600,
                  IF(
                    `t151`.`_x23_local0` < 625644000,
                    -14400,
                    IF(`t151`.`_x23_local0` < 638953200, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 671007600,
                    -18000,
                    IF(`t151`.`_x23_local0` < 688543200, -14400, -18000)
                  )
                )
              )
            )
          ),
          IF(
            `t151`.`_x23_local0` < 1049612400,
            IF(
              `t151`.`_x23_local0` < 877845600,
              IF(
                `t151`.`_x23_local0` < 783496800,
                IF(
                  `t151`.`_x23_local0` < 733906800,
                  IF(`t151`.`_x23_local0` < 719992800, -14400, -18000),
                  IF(
                    `t151`.`_x23_local0` < 752047200,
                    -14400,
                    IF(`t151`.`_x23_local0` < 765356400, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 828860400,
                  IF(
                    `t151`.`_x23_local0` < 796806000,
                    -18000,
                    IF(`t151`.`_x23_local0` < 814946400, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 846396000,
                    -14400,
                    IF(`t151`.`_x23_local0` < 860310000, -18000, -14400)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local0` < 954658800,
                IF(
                  `t151`.`_x23_local0` < 909295200,
                  IF(`t151`.`_x23_local0` < 891759600, -18000, -14400),
                  IF(
                    `t151`.`_x23_local0` < 923209200,
                    -18000,
                    IF(`t151`.`_x23_local0` < 941349600, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 1004248800,
                  IF(
                    `t151`.`_x23_local0` < 972799200,
                    -14400,
                    IF(`t151`.`_x23_local0` < 986108400, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 1018162800,
                    -18000,
                    IF(`t151`.`_x23_local0` < 1035698400, -14400, -18000)
                  )
                )
              )
            ),
            IF(
              `t151`.`_x23_local0` < 1225605600,
              IF(
                `t151`.`_x23_local0` < 1130652000,
                IF(
                  `t151`.`_x23_local0` < 1081062000,
                  IF(`t151`.`_x23_local0` < 1067148000, -14400, -18000),
                  IF(
                    `t151`.`_x23_local0` < 1099202400,
                    -14400,
                    IF(`t151`.`_x23_local0` < 1112511600, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 1173596400,
                  IF(
                    `t151`.`_x23_local0` < 1143961200,
                    -18000,
                    IF(`t151`.`_x23_local0` < 1162101600, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 1194156000,
                    -14400,
                    IF(`t151`.`_x23_local0` < 1205046000, -18000, -14400)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local0` < 1320559200,
                IF(
                  `t151`.`_x23_local0` < 1268550000,
                  IF(
                    `t151`.`_x23_local0` < 1236495600,
                    -18000,
                    IF(`t151`.`_x23_local0` < 1257055200, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 1289109600,
                    -14400,
                    IF(`t151`.`_x23_local0` < 1299999600, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 1362898800,
                  IF(
                    `t151`.`_x23_local0` < 1331449200,
                    -18000,
                    IF(`t151`.`_x23_local0` < 1352008800, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 1383458400,
                    -14400,
                    IF(`t151`.`_x23_local0` < 1394348400, -18000, -14400)
                  )
                )
              )
            )
          )
        ),
        IF(
          `t151`.`_x23_local0` < 2120108400,
          IF(
            `t151`.`_x23_local0` < 1762063200,
            IF(
              `t151`.`_x23_local0` < 1583650800,
              IF(
                `t151`.`_x23_local0` < 1489302000,
                IF(
                  `t151`.`_x23_local0` < 1446357600,
                  IF(`t151`.`_x23_local0` < 1425798000, -18000, -14400),
                  IF(
                    `t151`.`_x23_local0` < 1457852400,
                    -18000,
                    IF(`t151`.`_x23_local0` < 1478412000, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 1541311200,
                  IF(
                    `t151`.`_x23_local0` < 1509861600,
                    -14400,
                    IF(`t151`.`_x23_local0` < 1520751600, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 1552201200,
                    -18000,
                    IF(`t151`.`_x23_local0` < 1572760800, -14400, -18000)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local0` < 1667714400,
                IF(
                  `t151`.`_x23_local0` < 1615705200,
                  IF(`t151`.`_x23_local0` < 1604210400, -14400, -18000),
                  IF(
                    `t151`.`_x23_local0` < 1636264800,
                    -14400,
                    IF(`t151`.`_x23_local0` < 1647154800, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 1710054000,
                  IF(
                    `t151`.`_x23_local0` < 1678604400,
                    -18000,
                    IF(`t151`.`_x23_local0` < 1699164000, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 1730613600,
                    -14400,
                    IF(`t151`.`_x23_local0` < 1741503600, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t151`.`_x23_local0` < 1930806000,
              IF(
                `t151`.`_x23_local0` < 1836457200,
                IF(
                  `t151`.`_x23_local0` < 1793512800,
                  IF(`t151`.`_x23_local0` < 1772953200, -18000, -14400),
                  IF(
                    `t151`.`_x23_local0` < 1805007600,
                    -18000,
                    IF(`t151`.`_x23_local0` < 1825567200, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 1888466400,
                  IF(
                    `t151`.`_x23_local0` < 1857016800,
                    -14400,
                    IF(`t151`.`_x23_local0` < 1867906800, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 1899356400,
                    -18000,
                    IF(`t151`.`_x23_local0` < 1919916000, -14400, -18000)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local0` < 2025759600,
                IF(
                  `t151`.`_x23_local0` < 1983420000,
                  IF(
                    `t151`.`_x23_local0` < 1951365600,
                    -14400,
                    IF(`t151`.`_x23_local0` < 1962860400, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 1994310000,
                    -18000,
                    IF(`t151`.`_x23_local0` < 2014869600, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 2077768800,
                  IF(
                    `t151`.`_x23_local0` < 2046319200,
                    -14400,
                    IF(`t151`.`_x23_local0` < 2057209200, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 2088658800,
                    -18000,
                    IF(`t151`.`_x23_local0` < 2109218400, -14400, -18000)
                  )
                )
              )
            )
          ),
          IF(
            `t151`.`_x23_local0` < 2487823200,
            IF(
              `t151`.`_x23_local0` < 2298520800,
              IF(
                `t151`.`_x23_local0` < 2204172000,
                IF(
                  `t151`.`_x23_local0` < 2152162800,
                  IF(`t151`.`_x23_local0` < 2140668000, -14400, -18000),
                  IF(
                    `t151`.`_x23_local0` < 2172722400,
                    -14400,
                    IF(`t151`.`_x23_local0` < 2183612400, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 2246511600,
                  IF(
                    `t151`.`_x23_local0` < 2215062000,
                    -18000,
                    IF(`t151`.`_x23_local0` < 2235621600, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 2267071200,
                    -14400,
                    IF(`t151`.`_x23_local0` < 2277961200, -18000, -14400)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local0` < 2393474400,
                IF(
                  `t151`.`_x23_local0` < 2341465200,
                  IF(
                    `t151`.`_x23_local0` < 2309410800,
                    -18000,
                    IF(`t151`.`_x23_local0` < 2329970400, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 2362024800,
                    -14400,
                    IF(`t151`.`_x23_local0` < 2372914800, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 2435814000,
                  IF(
                    `t151`.`_x23_local0` < 2404364400,
                    -18000,
                    IF(`t151`.`_x23_local0` < 2424924000, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 2456373600,
                    -14400,
                    IF(`t151`.`_x23_local0` < 2467263600, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t151`.`_x23_local0` < 2656566000,
              IF(
                `t151`.`_x23_local0` < 2562217200,
                IF(
                  `t151`.`_x23_local0` < 2519877600,
                  IF(`t151`.`_x23_local0` < 2499318000, -18000, -14400),
                  IF(
                    `t151`.`_x23_local0` < 2530767600,
                    -18000,
                    IF(`t151`.`_x23_local0` < 2551327200, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 2614226400,
                  IF(
                    `t151`.`_x23_local0` < 2582776800,
                    -14400,
                    IF(`t151`.`_x23_local0` < 2593666800, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 2625116400,
                    -18000,
                    IF(`t151`.`_x23_local0` < 2645676000, -14400, -18000)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local0` < 2751519600,
                IF(
                  `t151`.`_x23_local0` < 2709180000,
                  IF(
                    `t151`.`_x23_local0` < 2677125600,
                    -14400,
                    IF(`t151`.`_x23_local0` < 2688620400, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 2720070000,
                    -18000,
                    IF(`t151`.`_x23_local0` < 2740629600, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local0` < 2803528800,
                  IF(
                    `t151`.`_x23_local0` < 2772079200,
                    -14400,
                    IF(`t151`.`_x23_local0` < 2782969200, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local0` < 2814418800,
                    -18000,
                    IF(`t151`.`_x23_local0` < 2834978400, -14400, -18000)
                  )
                )
              )
            )
          )
        )
      )
    ) AS DATETIME) AS `_x23_local0`,
    CAST(TIMESTAMP_SECONDS(
      `t151`.`_x23_local1` + IF(
        `t151`.`_x23_local1` < 1414908000,
        IF(
          `t151`.`_x23_local1` < 702457200,
          IF(
            `t151`.`_x23_local1` < 341388000,
            IF(
              `t151`.`_x23_local1` < 162370800,
              IF(
                `t151`.`_x23_local1` < 73465200,
                IF(
                  `t151`.`_x23_local1` < 25682400,
                  IF(`t151`.`_x23_local1` < 9961200, -18000, -14400),
                  IF(
                    `t151`.`_x23_local1` < 41410800,
                    -18000,
                    IF(`t151`.`_x23_local1` < 57736800, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 120636000,
                  IF(
                    `t151`.`_x23_local1` < 89186400,
                    -14400,
                    IF(`t151`.`_x23_local1` < 104914800, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 126687600,
                    -18000,
                    IF(`t151`.`_x23_local1` < 152085600, -14400, -18000)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local1` < 247039200,
                IF(
                  `t151`.`_x23_local1` < 199263600,
                  IF(`t151`.`_x23_local1` < 183535200, -14400, -18000),
                  IF(
                    `t151`.`_x23_local1` < 215589600,
                    -14400,
                    IF(`t151`.`_x23_local1` < 230713200, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 294217200,
                  IF(
                    `t151`.`_x23_local1` < 262767600,
                    -18000,
                    IF(`t151`.`_x23_local1` < 278488800, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 309938400,
                    -14400,
                    IF(`t151`.`_x23_local1` < 325666800, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t151`.`_x23_local1` < 514969200,
              IF(
                `t151`.`_x23_local1` < 420015600,
                IF(
                  `t151`.`_x23_local1` < 372837600,
                  IF(`t151`.`_x23_local1` < 357116400, -18000, -14400),
                  IF(
                    `t151`.`_x23_local1` < 388566000,
                    -18000,
                    IF(`t151`.`_x23_local1` < 404892000, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 467791200,
                  IF(
                    `t151`.`_x23_local1` < 436341600,
                    -14400,
                    IF(`t151`.`_x23_local1` < 452070000, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 483519600,
                    -18000,
                    IF(`t151`.`_x23_local1` < 499240800, -14400, -18000)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local1` < 607503600,
                IF(
                  `t151`.`_x23_local1` < 562140000,
                  IF(
                    `t151`.`_x23_local1` < 530690400,
                    -14400,
                    IF(`t151`.`_x23_local1` < 544604400, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 576054000,
                    -18000,
                    IF(`t151`.`_x23_local1` < 594194400, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 657093600,
                  IF(
                    `t151`.`_x23_local1` < 625644000,
                    -14400,
                    IF(`t151`.`_x23_local1` < 638953200, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 671007600,
                    -18000,
                    IF(`t151`.`_x23_local1` < 688543200, -14400, -18000)
                  )
                )
              )
            )
          ),
          IF(
            `t151`.`_x23_local1` < 1049612400,
            IF(
              `t151`.`_x23_local1` < 877845600,
              IF(
                `t151`.`_x23_local1` < 783496800,
                IF(
                  `t151`.`_x23_local1` < 733906800,
                  IF(`t151`.`_x23_local1` < 719992800, -14400, -18000),
                  IF(
                    `t151`.`_x23_local1` < 752047200,
                    -14400,
                    IF(`t151`.`_x23_local1` < 765356400, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 828860400,
                  IF(
                    `t151`.`_x23_local1` < 796806000,
                    -18000,
                    IF(`t151`.`_x23_local1` < 814946400, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 846396000,
                    -14400,
                    IF(`t151`.`_x23_local1` < 860310000, -18000, -14400)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local1` < 954658800,
                IF(
                  `t151`.`_x23_local1` < 909295200,
                  IF(`t151`.`_x23_local1` < 891759600, -18000, -14400),
                  IF(
                    `t151`.`_x23_local1` < 923209200,
                    -18000,
                    IF(`t151`.`_x23_local1` < 941349600, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 1004248800,
                  IF(
                    `t151`.`_x23_local1` < 972799200,
                    -14400,
                    IF(`t151`.`_x23_local1` < 986108400, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 1018162800,
                    -18000,
                    IF(`t151`.`_x23_local1` < 1035698400, -14400, -18000)
                  )
                )
              )
            ),
            IF(
              `t151`.`_x23_local1` < 1225605600,
              IF(
                `t151`.`_x23_local1` < 1130652000,
                IF(
                  `t151`.`_x23_local1` < 1081062000,
                  IF(`t151`.`_x23_local1` < 1067148000, -14400, -18000),
                  IF(
                    `t151`.`_x23_local1` < 1099202400,
                    -14400,
                    IF(`t151`.`_x23_local1` < 1112511600, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 1173596400,
                  IF(
                    `t151`.`_x23_local1` < 1143961200,
                    -18000,
                    IF(`t151`.`_x23_local1` < 1162101600, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 1194156000,
                    -14400,
                    IF(`t151`.`_x23_local1` < 1205046000, -18000, -14400)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local1` < 1320559200,
                IF(
                  `t151`.`_x23_local1` < 1268550000,
                  IF(
                    `t151`.`_x23_local1` < 1236495600,
                    -18000,
                    IF(`t151`.`_x23_local1` < 1257055200, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 1289109600,
                    -14400,
                    IF(`t151`.`_x23_local1` < 1299999600, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 1362898800,
                  IF(
                    `t151`.`_x23_local1` < 1331449200,
                    -18000,
                    IF(`t151`.`_x23_local1` < 1352008800, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 1383458400,
                    -14400,
                    IF(`t151`.`_x23_local1` < 1394348400, -18000, -14400)
                  )
                )
              )
            )
          )
        ),
        IF(
          `t151`.`_x23_local1` < 2120108400,
          IF(
            `t151`.`_x23_local1` < 1762063200,
            IF(
              `t151`.`_x23_local1` < 1583650800,
              IF(
                `t151`.`_x23_local1` < 1489302000,
                IF(
                  `t151`.`_x23_local1` < 1446357600,
                  IF(`t151`.`_x23_local1` < 1425798000, -18000, -14400),
                  IF(
                    `t151`.`_x23_local1` < 1457852400,
                    -18000,
                    IF(`t151`.`_x23_local1` < 1478412000, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 1541311200,
                  IF(
                    `t151`.`_x23_local1` < 1509861600,
                    -14400,
                    IF(`t151`.`_x23_local1` < 1520751600, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 1552201200,
                    -18000,
                    IF(`t151`.`_x23_local1` < 1572760800, -14400, -18000)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local1` < 1667714400,
                IF(
                  `t151`.`_x23_local1` < 1615705200,
                  IF(`t151`.`_x23_local1` < 1604210400, -14400, -18000),
                  IF(
                    `t151`.`_x23_local1` < 1636264800,
                    -14400,
                    IF(`t151`.`_x23_local1` < 1647154800, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 1710054000,
                  IF(
                    `t151`.`_x23_local1` < 1678604400,
                    -18000,
                    IF(`t151`.`_x23_local1` < 1699164000, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 1730613600,
                    -14400,
                    IF(`t151`.`_x23_local1` < 1741503600, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t151`.`_x23_local1` < 1930806000,
              IF(
                `t151`.`_x23_local1` < 1836457200,
                IF(
                  `t151`.`_x23_local1` < 1793512800,
                  IF(`t151`.`_x23_local1` < 1772953200, -18000, -14400),
                  IF(
                    `t151`.`_x23_local1` < 1805007600,
                    -18000,
                    IF(`t151`.`_x23_local1` < 1825567200, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 1888466400,
                  IF(
                    `t151`.`_x23_local1` < 1857016800,
                    -14400,
                    IF(`t151`.`_x23_local1` < 1867906800, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 1899356400,
                    -18000,
                    IF(`t151`.`_x23_local1` < 1919916000, -14400, -18000)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local1` < 2025759600,
                IF(
                  `t151`.`_x23_local1` < 1983420000,
                  IF(
                    `t151`.`_x23_local1` < 1951365600,
                    -14400,
                    IF(`t151`.`_x23_local1` < 1962860400, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 1994310000,
                    -18000,
                    IF(`t151`.`_x23_local1` < 2014869600, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 2077768800,
                  IF(
                    `t151`.`_x23_local1` < 2046319200,
                    -14400,
                    IF(`t151`.`_x23_local1` < 2057209200, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 2088658800,
                    -18000,
                    IF(`t151`.`_x23_local1` < 2109218400, -14400, -18000)
                  )
                )
              )
            )
          ),
          IF(
            `t151`.`_x23_local1` < 2487823200,
            IF(
              `t151`.`_x23_local1` < 2298520800,
              IF(
                `t151`.`_x23_local1` < 2204172000,
                IF(
                  `t151`.`_x23_local1` < 2152162800,
                  IF(`t151`.`_x23_local1` < 2140668000, -14400, -18000),
                  IF(
                    `t151`.`_x23_local1` < 2172722400,
                    -14400,
                    IF(`t151`.`_x23_local1` < 2183612400, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 2246511600,
                  IF(
                    `t151`.`_x23_local1` < 2215062000,
                    -18000,
                    IF(`t151`.`_x23_local1` < 2235621600, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 2267071200,
                    -14400,
                    IF(`t151`.`_x23_local1` < 2277961200, -18000, -14400)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local1` < 2393474400,
                IF(
                  `t151`.`_x23_local1` < 2341465200,
                  IF(
                    `t151`.`_x23_local1` < 2309410800,
                    -18000,
                    IF(`t151`.`_x23_local1` < 2329970400, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 2362024800,
                    -14400,
                    IF(`t151`.`_x23_local1` < 2372914800, -18000, -14400)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 2435814000,
                  IF(
                    `t151`.`_x23_local1` < 2404364400,
                    -18000,
                    IF(`t151`.`_x23_local1` < 2424924000, -14400, -18000)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 2456373600,
                    -14400,
                    IF(`t151`.`_x23_local1` < 2467263600, -18000, -14400)
                  )
                )
              )
            ),
            IF(
              `t151`.`_x23_local1` < 2656566000,
              IF(
                `t151`.`_x23_local1` < 2562217200,
                IF(
                  `t151`.`_x23_local1` < 2519877600,
                  IF(`t151`.`_x23_local1` < 2499318000, -18000, -14400),
                  IF(
                    `t151`.`_x23_local1` < 2530767600,
                    -18000,
                    IF(`t151`.`_x23_local1` < 2551327200, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 2614226400,
                  IF(
                    `t151`.`_x23_local1` < 2582776800,
                    -14400,
                    IF(`t151`.`_x23_local1` < 2593666800, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 2625116400,
                    -18000,
                    IF(`t151`.`_x23_local1` < 2645676000, -14400, -18000)
                  )
                )
              ),
              IF(
                `t151`.`_x23_local1` < 2751519600,
                IF(
                  `t151`.`_x23_local1` < 2709180000,
                  IF(
                    `t151`.`_x23_local1` < 2677125600,
                    -14400,
                    IF(`t151`.`_x23_local1` < 2688620400, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 2720070000,
                    -18000,
                    IF(`t151`.`_x23_local1` < 2740629600, -14400, -18000)
                  )
                ),
                IF(
                  `t151`.`_x23_local1` < 2803528800,
                  IF(
                    `t151`.`_x23_local1` < 2772079200,
                    -14400,
                    IF(`t151`.`_x23_local1` < 2782969200, -18000, -14400)
                  ),
                  IF(
                    `t151`.`_x23_local1` < 2814418800,
                    -18000,
                    IF(`t151`.`_x23_local1` < 2834978400, -14400, -18000)
                  )
                )
              )
            )
          )
        )
      )
    ) AS DATETIME) AS `_x23_local1`
  FROM (
    SELECT
      `t150`.`flight_id`,
      `t150`.`requested_at`,
      `t150`.`sched_dep`,
      `t150`.`sched_arr`,
      `t150`.`flight`,
      `t150`.`carrier`,
      `t150`.`origin`,
      `t150`.`dest`,
      `t150`.`tailnum`,
      `t150`.`distance`,
      `t150`.`late`,
      `t150`.`late_known_at`,
      `t150`.`weather__known_at`,
      `t150`.`weather_temp`,
      `t150`.`weather_dewp`,
      `t150`.`weather_humid`,
      `t150`.`weather_wind_dir`,
      `t150`.`weather_wind_speed`,
      `t150`.`weather_wind_gust`,
      `t150`.`weather_precip`,
      `t150`.`weather_pressure`,
      `t150`.`weather_visib`,
      `t150`.`plane_year`,
      `t150`.`plane_seats`,
      `t150`.`plane_manufacturer`,
      `t150`.`_x23_event_us`,
      `t150`.`history_origin_delay_2h`,
      `t150`.`history_origin_delayed_2h`,
      `t150`.`history__0__at`,
      `t150`.`history_city_delay_2h`,
      `t150`.`history__1__at`,
      `t150`.`history_carrier_here_4h`,
      `t150`.`history__2__at`,
      `t150`.`history_plane_delay_12h`,
      `t150`.`history__3__at`,
      `t150`.`history_plane_landed_12h`,
      `t150`.`history__4__at`,
      `t150`.`history_origin_late_3h`,
      `t150`.`history__5__at`,
      `t150`.`history_carrier_late_6h`,
      `t150`.`history__6__at`,
      `t150`.`history_carrier_late_7d`,
      `t150`.`history__7__at`,
      `t150`.`history_number_late_21d`,
      `t150`.`history__8__at`,
      `t150`.`history_dest_late_24h`,
      `t150`.`history__9__at`,
      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t150`.`sched_dep`, SECOND)) AS INT64) AS `_x23_local0`,
      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t150`.`sched_arr`, SECOND)) AS INT64) AS `_x23_local1`
    FROM (
      SELECT
        `t149`.*
        EXCEPT (`_x23_h9k0`, `_x23_us`)
      FROM (
        SELECT
          `t148`.`flight_id`,
          `t148`.`requested_at`,
          `t148`.`sched_dep`,
          `t148`.`sched_arr`,
          `t148`.`flight`,
          `t148`.`carrier`,
          `t148`.`origin`,
          `t148`.`dest`,
          `t148`.`tailnum`,
          `t148`.`distance`,
          `t148`.`late`,
          `t148`.`late_known_at`,
          `t148`.`weather__known_at`,
          `t148`.`weather_temp`,
          `t148`.`weather_dewp`,
          `t148`.`weather_humid`,
          `t148`.`weather_wind_dir`,
          `t148`.`weather_wind_speed`,
          `t148`.`weather_wind_gust`,
          `t148`.`weather_precip`,
          `t148`.`weather_pressure`,
          `t148`.`weather_visib`,
          `t148`.`plane_year`,
          `t148`.`plane_seats`,
          `t148`.`plane_manufacturer`,
          `t148`.`_x23_event_us`,
          `t148`.`history_origin_delay_2h`,
          `t148`.`history_origin_delayed_2h`,
          `t148`.`history__0__at`,
          `t148`.`history_city_delay_2h`,
          `t148`.`history__1__at`,
          `t148`.`history_carrier_here_4h`,
          `t148`.`history__2__at`,
          `t148`.`history_plane_delay_12h`,
          `t148`.`history__3__at`,
          `t148`.`history_plane_landed_12h`,
          `t148`.`history__4__at`,
          `t148`.`history_origin_late_3h`,
          `t148`.`history__5__at`,
          `t148`.`history_carrier_late_6h`,
          `t148`.`history__6__at`,
          `t148`.`history_carrier_late_7d`,
          `t148`.`history__7__at`,
          `t148`.`history_number_late_21d`,
          `t148`.`history__8__at`,
          `t113`.`_x23_h9k0`,
          `t113`.`_x23_us`,
          `t113`.`history_dest_late_24h`,
          `t113`.`history__9__at`
        FROM (
          SELECT
            `t146`.*
            EXCEPT (`_x23_h8k0`, `_x23_h8k1`, `_x23_us`)
          FROM (
            SELECT
              `t145`.`flight_id`,
              `t145`.`requested_at`,
              `t145`.`sched_dep`,
              `t145`.`sched_arr`,
              `t145`.`flight`,
              `t145`.`carrier`,
              `t145`.`origin`,
              `t145`.`dest`,
              `t145`.`tailnum`,
              `t145`.`distance`,
              `t145`.`late`,
              `t145`.`late_known_at`,
              `t145`.`weather__known_at`,
              `t145`.`weather_temp`,
              `t145`.`weather_dewp`,
              `t145`.`weather_humid`,
              `t145`.`weather_wind_dir`,
              `t145`.`weather_wind_speed`,
              `t145`.`weather_wind_gust`,
              `t145`.`weather_precip`,
              `t145`.`weather_pressure`,
              `t145`.`weather_visib`,
              `t145`.`plane_year`,
              `t145`.`plane_seats`,
              `t145`.`plane_manufacturer`,
              `t145`.`_x23_event_us`,
              `t145`.`history_origin_delay_2h`,
              `t145`.`history_origin_delayed_2h`,
              `t145`.`history__0__at`,
              `t145`.`history_city_delay_2h`,
              `t145`.`history__1__at`,
              `t145`.`history_carrier_here_4h`,
              `t145`.`history__2__at`,
              `t145`.`history_plane_delay_12h`,
              `t145`.`history__3__at`,
              `t145`.`history_plane_landed_12h`,
              `t145`.`history__4__at`,
              `t145`.`history_origin_late_3h`,
              `t145`.`history__5__at`,
              `t145`.`history_carrier_late_6h`,
              `t145`.`history__6__at`,
              `t145`.`history_carrier_late_7d`,
              `t145`.`history__7__at`,
              `t114`.`_x23_h8k0`,
              `t114`.`_x23_h8k1`,
              `t114`.`_x23_us`,
              `t114`.`history_number_late_21d`,
              `t114`.`history__8__at`
            FROM (
              SELECT
                `t143`.*
                EXCEPT (`_x23_h7k0`, `_x23_us`)
              FROM (
                SELECT
                  `t142`.`flight_id`,
                  `t142`.`requested_at`,
                  `t142`.`sched_dep`,
                  `t142`.`sched_arr`,
                  `t142`.`flight`,
                  `t142`.`carrier`,
                  `t142`.`origin`,
                  `t142`.`dest`,
                  `t142`.`tailnum`,
                  `t142`.`distance`,
                  `t142`.`late`,
                  `t142`.`late_known_at`,
                  `t142`.`weather__known_at`,
                  `t142`.`weather_temp`,
                  `t142`.`weather_dewp`,
                  `t142`.`weather_humid`,
                  `t142`.`weather_wind_dir`,
                  `t142`.`weather_wind_speed`,
                  `t142`.`weather_wind_gust`,
                  `t142`.`weather_precip`,
                  `t142`.`weather_pressure`,
                  `t142`.`weather_visib`,
                  `t142`.`plane_year`,
                  `t142`.`plane_seats`,
                  `t142`.`plane_manufacturer`,
                  `t142`.`_x23_event_us`,
                  `t142`.`history_origin_delay_2h`,
                  `t142`.`history_origin_delayed_2h`,
                  `t142`.`history__0__at`,
                  `t142`.`history_city_delay_2h`,
                  `t142`.`history__1__at`,
                  `t142`.`history_carrier_here_4h`,
                  `t142`.`history__2__at`,
                  `t142`.`history_plane_delay_12h`,
                  `t142`.`history__3__at`,
                  `t142`.`history_plane_landed_12h`,
                  `t142`.`history__4__at`,
                  `t142`.`history_origin_late_3h`,
                  `t142`.`history__5__at`,
                  `t142`.`history_carrier_late_6h`,
                  `t142`.`history__6__at`,
                  `t115`.`_x23_h7k0`,
                  `t115`.`_x23_us`,
                  `t115`.`history_carrier_late_7d`,
                  `t115`.`history__7__at`
                FROM (
                  SELECT
                    `t140`.*
                    EXCEPT (`_x23_h6k0`, `_x23_us`)
                  FROM (
                    SELECT
                      `t139`.`flight_id`,
                      `t139`.`requested_at`,
                      `t139`.`sched_dep`,
                      `t139`.`sched_arr`,
                      `t139`.`flight`,
                      `t139`.`carrier`,
                      `t139`.`origin`,
                      `t139`.`dest`,
                      `t139`.`tailnum`,
                      `t139`.`distance`,
                      `t139`.`late`,
                      `t139`.`late_known_at`,
                      `t139`.`weather__known_at`,
                      `t139`.`weather_temp`,
                      `t139`.`weather_dewp`,
                      `t139`.`weather_humid`,
                      `t139`.`weather_wind_dir`,
                      `t139`.`weather_wind_speed`,
                      `t139`.`weather_wind_gust`,
                      `t139`.`weather_precip`,
                      `t139`.`weather_pressure`,
                      `t139`.`weather_visib`,
                      `t139`.`plane_year`,
                      `t139`.`plane_seats`,
                      `t139`.`plane_manufacturer`,
                      `t139`.`_x23_event_us`,
                      `t139`.`history_origin_delay_2h`,
                      `t139`.`history_origin_delayed_2h`,
                      `t139`.`history__0__at`,
                      `t139`.`history_city_delay_2h`,
                      `t139`.`history__1__at`,
                      `t139`.`history_carrier_here_4h`,
                      `t139`.`history__2__at`,
                      `t139`.`history_plane_delay_12h`,
                      `t139`.`history__3__at`,
                      `t139`.`history_plane_landed_12h`,
                      `t139`.`history__4__at`,
                      `t139`.`history_origin_late_3h`,
                      `t139`.`history__5__at`,
                      `t116`.`_x23_h6k0`,
                      `t116`.`_x23_us`,
                      `t116`.`history_carrier_late_6h`,
                      `t116`.`history__6__at`
                    FROM (
                      SELECT
                        `t137`.*
                        EXCEPT (`_x23_h5k0`, `_x23_us`)
                      FROM (
                        SELECT
                          `t136`.`flight_id`,
                          `t136`.`requested_at`,
                          `t136`.`sched_dep`,
                          `t136`.`sched_arr`,
                          `t136`.`flight`,
                          `t136`.`carrier`,
                          `t136`.`origin`,
                          `t136`.`dest`,
                          `t136`.`tailnum`,
                          `t136`.`distance`,
                          `t136`.`late`,
                          `t136`.`late_known_at`,
                          `t136`.`weather__known_at`,
                          `t136`.`weather_temp`,
                          `t136`.`weather_dewp`,
                          `t136`.`weather_humid`,
                          `t136`.`weather_wind_dir`,
                          `t136`.`weather_wind_speed`,
                          `t136`.`weather_wind_gust`,
                          `t136`.`weather_precip`,
                          `t136`.`weather_pressure`,
                          `t136`.`weather_visib`,
                          `t136`.`plane_year`,
                          `t136`.`plane_seats`,
                          `t136`.`plane_manufacturer`,
                          `t136`.`_x23_event_us`,
                          `t136`.`history_origin_delay_2h`,
                          `t136`.`history_origin_delayed_2h`,
                          `t136`.`history__0__at`,
                          `t136`.`history_city_delay_2h`,
                          `t136`.`history__1__at`,
                          `t136`.`history_carrier_here_4h`,
                          `t136`.`history__2__at`,
                          `t136`.`history_plane_delay_12h`,
                          `t136`.`history__3__at`,
                          `t136`.`history_plane_landed_12h`,
                          `t136`.`history__4__at`,
                          `t117`.`_x23_h5k0`,
                          `t117`.`_x23_us`,
                          `t117`.`history_origin_late_3h`,
                          `t117`.`history__5__at`
                        FROM (
                          SELECT
                            `t134`.*
                            EXCEPT (`_x23_h4k0`, `_x23_us`)
                          FROM (
                            SELECT
                              `t133`.`flight_id`,
                              `t133`.`requested_at`,
                              `t133`.`sched_dep`,
                              `t133`.`sched_arr`,
                              `t133`.`flight`,
                              `t133`.`carrier`,
                              `t133`.`origin`,
                              `t133`.`dest`,
                              `t133`.`tailnum`,
                              `t133`.`distance`,
                              `t133`.`late`,
                              `t133`.`late_known_at`,
                              `t133`.`weather__known_at`,
                              `t133`.`weather_temp`,
                              `t133`.`weather_dewp`,
                              `t133`.`weather_humid`,
                              `t133`.`weather_wind_dir`,
                              `t133`.`weather_wind_speed`,
                              `t133`.`weather_wind_gust`,
                              `t133`.`weather_precip`,
                              `t133`.`weather_pressure`,
                              `t133`.`weather_visib`,
                              `t133`.`plane_year`,
                              `t133`.`plane_seats`,
                              `t133`.`plane_manufacturer`,
                              `t133`.`_x23_event_us`,
                              `t133`.`history_origin_delay_2h`,
                              `t133`.`history_origin_delayed_2h`,
                              `t133`.`history__0__at`,
                              `t133`.`history_city_delay_2h`,
                              `t133`.`history__1__at`,
                              `t133`.`history_carrier_here_4h`,
                              `t133`.`history__2__at`,
                              `t133`.`history_plane_delay_12h`,
                              `t133`.`history__3__at`,
                              `t99`.`_x23_h4k0`,
                              `t99`.`_x23_us`,
                              `t99`.`history_plane_landed_12h`,
                              `t99`.`history__4__at`
                            FROM (
                              SELECT
                                `t131`.*
                                EXCEPT (`_x23_h3k0`, `_x23_us`)
                              FROM (
                                SELECT
                                  `t130`.`flight_id`,
                                  `t130`.`requested_at`,
                                  `t130`.`sched_dep`,
                                  `t130`.`sched_arr`,
                                  `t130`.`flight`,
                                  `t130`.`carrier`,
                                  `t130`.`origin`,
                                  `t130`.`dest`,
                                  `t130`.`tailnum`,
                                  `t130`.`distance`,
                                  `t130`.`late`,
                                  `t130`.`late_known_at`,
                                  `t130`.`weather__known_at`,
                                  `t130`.`weather_temp`,
                                  `t130`.`weather_dewp`,
                                  `t130`.`weather_humid`,
                                  `t130`.`weather_wind_dir`,
                                  `t130`.`weather_wind_speed`,
                                  `t130`.`weather_wind_gust`,
                                  `t130`.`weather_precip`,
                                  `t130`.`weather_pressure`,
                                  `t130`.`weather_visib`,
                                  `t130`.`plane_year`,
                                  `t130`.`plane_seats`,
                                  `t130`.`plane_manufacturer`,
                                  `t130`.`_x23_event_us`,
                                  `t130`.`history_origin_delay_2h`,
                                  `t130`.`history_origin_delayed_2h`,
                                  `t130`.`history__0__at`,
                                  `t130`.`history_city_delay_2h`,
                                  `t130`.`history__1__at`,
                                  `t130`.`history_carrier_here_4h`,
                                  `t130`.`history__2__at`,
                                  `t100`.`_x23_h3k0`,
                                  `t100`.`_x23_us`,
                                  `t100`.`history_plane_delay_12h`,
                                  `t100`.`history__3__at`
                                FROM (
                                  SELECT
                                    `t128`.*
                                    EXCEPT (`_x23_h2k0`, `_x23_h2k1`, `_x23_us`)
                                  FROM (
                                    SELECT
                                      `t127`.`flight_id`,
                                      `t127`.`requested_at`,
                                      `t127`.`sched_dep`,
                                      `t127`.`sched_arr`,
                                      `t127`.`flight`,
                                      `t127`.`carrier`,
                                      `t127`.`origin`,
                                      `t127`.`dest`,
                                      `t127`.`tailnum`,
                                      `t127`.`distance`,
                                      `t127`.`late`,
                                      `t127`.`late_known_at`,
                                      `t127`.`weather__known_at`,
                                      `t127`.`weather_temp`,
                                      `t127`.`weather_dewp`,
                                      `t127`.`weather_humid`,
                                      `t127`.`weather_wind_dir`,
                                      `t127`.`weather_wind_speed`,
                                      `t127`.`weather_wind_gust`,
                                      `t127`.`weather_precip`,
                                      `t127`.`weather_pressure`,
                                      `t127`.`weather_visib`,
                                      `t127`.`plane_year`,
                                      `t127`.`plane_seats`,
                                      `t127`.`plane_manufacturer`,
                                      `t127`.`_x23_event_us`,
                                      `t127`.`history_origin_delay_2h`,
                                      `t127`.`history_origin_delayed_2h`,
                                      `t127`.`history__0__at`,
                                      `t127`.`history_city_delay_2h`,
                                      `t127`.`history__1__at`,
                                      `t101`.`_x23_h2k0`,
                                      `t101`.`_x23_h2k1`,
                                      `t101`.`_x23_us`,
                                      `t101`.`history_carrier_here_4h`,
                                      `t101`.`history__2__at`
                                    FROM (
                                      SELECT
                                        `t125`.*
                                        EXCEPT (`_x23_us`)
                                      FROM (
                                        SELECT
                                          `t124`.`flight_id`,
                                          `t124`.`requested_at`,
                                          `t124`.`sched_dep`,
                                          `t124`.`sched_arr`,
                                          `t124`.`flight`,
                                          `t124`.`carrier`,
                                          `t124`.`origin`,
                                          `t124`.`dest`,
                                          `t124`.`tailnum`,
                                          `t124`.`distance`,
                                          `t124`.`late`,
                                          `t124`.`late_known_at`,
                                          `t124`.`weather__known_at`,
                                          `t124`.`weather_temp`,
                                          `t124`.`weather_dewp`,
                                          `t124`.`weather_humid`,
                                          `t124`.`weather_wind_dir`,
                                          `t124`.`weather_wind_speed`,
                                          `t124`.`weather_wind_gust`,
                                          `t124`.`weather_precip`,
                                          `t124`.`weather_pressure`,
                                          `t124`.`weather_visib`,
                                          `t124`.`plane_year`,
                                          `t124`.`plane_seats`,
                                          `t124`.`plane_manufacturer`,
                                          `t124`.`_x23_event_us`,
                                          `t124`.`history_origin_delay_2h`,
                                          `t124`.`history_origin_delayed_2h`,
                                          `t124`.`history__0__at`,
                                          `t102`.`_x23_us`,
                                          `t102`.`history_city_delay_2h`,
                                          `t102`.`history__1__at`
                                        FROM (
                                          SELECT
                                            `t122`.*
                                            EXCEPT (`_x23_h0k0`, `_x23_us`)
                                          FROM (
                                            SELECT
                                              `t121`.`flight_id`,
                                              `t121`.`requested_at`,
                                              `t121`.`sched_dep`,
                                              `t121`.`sched_arr`,
                                              `t121`.`flight`,
                                              `t121`.`carrier`,
                                              `t121`.`origin`,
                                              `t121`.`dest`,
                                              `t121`.`tailnum`,
                                              `t121`.`distance`,
                                              `t121`.`late`,
                                              `t121`.`late_known_at`,
                                              `t121`.`weather__known_at`,
                                              `t121`.`weather_temp`,
                                              `t121`.`weather_dewp`,
                                              `t121`.`weather_humid`,
                                              `t121`.`weather_wind_dir`,
                                              `t121`.`weather_wind_speed`,
                                              `t121`.`weather_wind_gust`,
                                              `t121`.`weather_precip`,
                                              `t121`.`weather_pressure`,
                                              `t121`.`weather_visib`,
                                              `t121`.`plane_year`,
                                              `t121`.`plane_seats`,
                                              `t121`.`plane_manufacturer`,
                                              `t121`.`_x23_event_us`,
                                              `t105`.`_x23_h0k0`,
                                              `t105`.`_x23_us`,
                                              `t105`.`history_origin_delay_2h`,
                                              `t105`.`history_origin_delayed_2h`,
                                              `t105`.`history__0__at`
                                            FROM (
                                              SELECT
                                                `t119`.`flight_id`,
                                                `t119`.`requested_at`,
                                                `t119`.`sched_dep`,
                                                `t119`.`sched_arr`,
                                                `t119`.`flight`,
                                                `t119`.`carrier`,
                                                `t119`.`origin`,
                                                `t119`.`dest`,
                                                `t119`.`tailnum`,
                                                `t119`.`distance`,
                                                `t119`.`late`,
                                                `t119`.`late_known_at`,
                                                `t119`.`weather__known_at`,
                                                `t119`.`weather_temp`,
                                                `t119`.`weather_dewp`,
                                                `t119`.`weather_humid`,
                                                `t119`.`weather_wind_dir`,
                                                `t119`.`weather_wind_speed`,
                                                `t119`.`weather_wind_gust`,
                                                `t119`.`weather_precip`,
                                                `t119`.`weather_pressure`,
                                                `t119`.`weather_visib`,
                                                `t119`.`plane_year`,
                                                `t119`.`plane_seats`,
                                                `t119`.`plane_manufacturer`,
                                                (
                                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t119`.`requested_at`, SECOND)) AS INT64) * 1000000
                                                ) + CAST(EXTRACT(microsecond FROM `t119`.`requested_at`) AS INT64) AS `_x23_event_us`
                                              FROM (
                                                SELECT
                                                  `t118`.*
                                                  EXCEPT (`plane_x23_tailnum`)
                                                FROM (
                                                  SELECT
                                                    `t107`.`flight_id`,
                                                    `t107`.`requested_at`,
                                                    `t107`.`sched_dep`,
                                                    `t107`.`sched_arr`,
                                                    `t107`.`flight`,
                                                    `t107`.`carrier`,
                                                    `t107`.`origin`,
                                                    `t107`.`dest`,
                                                    `t107`.`tailnum`,
                                                    `t107`.`distance`,
                                                    `t107`.`late`,
                                                    `t107`.`late_known_at`,
                                                    `t107`.`weather__known_at`,
                                                    `t107`.`weather_temp`,
                                                    `t107`.`weather_dewp`,
                                                    `t107`.`weather_humid`,
                                                    `t107`.`weather_wind_dir`,
                                                    `t107`.`weather_wind_speed`,
                                                    `t107`.`weather_wind_gust`,
                                                    `t107`.`weather_precip`,
                                                    `t107`.`weather_pressure`,
                                                    `t107`.`weather_visib`,
                                                    `t12`.`plane_x23_tailnum`,
                                                    `t12`.`plane_year`,
                                                    `t12`.`plane_seats`,
                                                    `t12`.`plane_manufacturer`
                                                  FROM (
                                                    SELECT
                                                      `t104`.*
                                                      EXCEPT (`weather_x23_known`, `weather_x23_origin`)
                                                    FROM (
                                                      SELECT
                                                        `t94`.`flight_id`,
                                                        `t94`.`requested_at`,
                                                        `t94`.`sched_dep`,
                                                        `t94`.`sched_arr`,
                                                        `t94`.`flight`,
                                                        `t94`.`carrier`,
                                                        `t94`.`origin`,
                                                        `t94`.`dest`,
                                                        `t94`.`tailnum`,
                                                        `t94`.`distance`,
                                                        `t94`.`late`,
                                                        `t94`.`late_known_at`,
                                                        `t94`.`weather__known_at`,
                                                        `t13`.`weather_x23_origin`,
                                                        `t13`.`weather_temp`,
                                                        `t13`.`weather_dewp`,
                                                        `t13`.`weather_humid`,
                                                        `t13`.`weather_wind_dir`,
                                                        `t13`.`weather_wind_speed`,
                                                        `t13`.`weather_wind_gust`,
                                                        `t13`.`weather_precip`,
                                                        `t13`.`weather_pressure`,
                                                        `t13`.`weather_visib`,
                                                        `t13`.`weather_x23_known`
                                                      FROM (
                                                        SELECT
                                                          `t87`.*
                                                          EXCEPT (`weather_x23_at`, `weather_x23_k0`)
                                                        FROM (
                                                          SELECT
                                                            `t6`.`flight_id`,
                                                            `t6`.`requested_at`,
                                                            `t6`.`sched_dep`,
                                                            `t6`.`sched_arr`,
                                                            `t6`.`flight`,
                                                            `t6`.`carrier`,
                                                            `t6`.`origin`,
                                                            `t6`.`dest`,
                                                            `t6`.`tailnum`,
                                                            `t6`.`distance`,
                                                            `t6`.`late`,
                                                            `t6`.`late_known_at`,
                                                            `t85`.`weather_x23_k0`,
                                                            `t85`.`weather_x23_at`,
                                                            `t85`.`weather__known_at`
                                                          FROM `events` AS `t6`
                                                          LEFT OUTER JOIN (
                                                            SELECT
                                                              `t33`.`weather_x23_k0`,
                                                              `t33`.`weather_x23_at`,
                                                              IF(
                                                                (
                                                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t33`.`weather_x23_at`, SECOND)) AS INT64) - CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t33`.`known`, SECOND)) AS INT64)
                                                                ) <= 10800,
                                                                `t33`.`known`,
                                                                CAST(NULL AS TIMESTAMP)
                                                              ) AS `weather__known_at`
                                                            FROM (
                                                              SELECT
                                                                `t14`.`weather_x23_k0`,
                                                                `t14`.`weather_x23_at`,
                                                                MAX(`t14`.`known`) OVER (
                                                                  PARTITION BY `t14`.`weather_x23_k0`
                                                                  ORDER BY `t14`.`weather_x23_at` ASC, `t14`.`asks` ASC
                                                                  ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                                ) AS `known`,
                                                                `t14`.`asks`
                                                              FROM (
                                                                SELECT
                                                                  *
                                                                FROM (
                                                                  SELECT
                                                                    `t7`.`weather_x23_k0`,
                                                                    `t7`.`weather_x23_at`,
                                                                    CAST(NULL AS TIMESTAMP) AS `known`,
                                                                    1 AS `asks`
                                                                  FROM (
                                                                    SELECT DISTINCT
                                                                      `t0`.`origin` AS `weather_x23_k0`,
                                                                      `t0`.`requested_at` AS `weather_x23_at`
                                                                    FROM `events` AS `t0`
                                                                  ) AS `t7`
                                                                ) AS `t11`
                                                                UNION ALL
                                                                SELECT
                                                                  *
                                                                FROM (
                                                                  SELECT
                                                                    `t5`.`origin` AS `weather_x23_k0`,
                                                                    `t5`.`known_at` AS `weather_x23_at`,
                                                                    `t5`.`known_at` AS `known`,
                                                                    0 AS `asks`
                                                                  FROM `weather` AS `t5`
                                                                  WHERE
                                                                    `t5`.`origin` IS NOT NULL
                                                                    AND `t5`.`known_at` < TIMESTAMP('2013-07-01T04:00:00+00:00')
                                                                ) AS `t10`
                                                              ) AS `t14`
                                                            ) AS `t33`
                                                            WHERE
                                                              `t33`.`asks` = 1
                                                          ) AS `t85`
                                                            ON `t6`.`origin` = `t85`.`weather_x23_k0`
                                                            AND `t6`.`requested_at` = `t85`.`weather_x23_at`
                                                        ) AS `t87`
                                                      ) AS `t94`
                                                      LEFT OUTER JOIN (
                                                        SELECT
                                                          `t5`.`origin` AS `weather_x23_origin`,
                                                          `t5`.`temp` AS `weather_temp`,
                                                          `t5`.`dewp` AS `weather_dewp`,
                                                          `t5`.`humid` AS `weather_humid`,
                                                          `t5`.`wind_dir` AS `weather_wind_dir`,
                                                          `t5`.`wind_speed` AS `weather_wind_speed`,
                                                          `t5`.`wind_gust` AS `weather_wind_gust`,
                                                          `t5`.`precip` AS `weather_precip`,
                                                          `t5`.`pressure` AS `weather_pressure`,
                                                          `t5`.`visib` AS `weather_visib`,
                                                          `t5`.`known_at` AS `weather_x23_known`
                                                        FROM `weather` AS `t5`
                                                        WHERE
                                                          `t5`.`origin` IS NOT NULL
                                                          AND `t5`.`known_at` < TIMESTAMP('2013-07-01T04:00:00+00:00')
                                                      ) AS `t13`
                                                        ON `t94`.`origin` = `t13`.`weather_x23_origin`
                                                        AND `t94`.`weather__known_at` = `t13`.`weather_x23_known`
                                                    ) AS `t104`
                                                  ) AS `t107`
                                                  LEFT OUTER JOIN (
                                                    SELECT
                                                      `t4`.`tailnum` AS `plane_x23_tailnum`,
                                                      `t4`.`year` AS `plane_year`,
                                                      `t4`.`seats` AS `plane_seats`,
                                                      `t4`.`manufacturer` AS `plane_manufacturer`
                                                    FROM `plane` AS `t4`
                                                    WHERE
                                                      `t4`.`tailnum` IS NOT NULL
                                                  ) AS `t12`
                                                    ON `t107`.`tailnum` = `t12`.`plane_x23_tailnum`
                                                ) AS `t118`
                                              ) AS `t119`
                                            ) AS `t121`
                                            LEFT OUTER JOIN (
                                              SELECT
                                                `t86`.`_x23_h0k0`,
                                                `t86`.`_x23_us`,
                                                `t86`.`value_origin_delay_2h` AS `history_origin_delay_2h`,
                                                ieee_divide(
                                                  CAST(`t86`.`sum_origin_delayed_2h` AS FLOAT64),
                                                  CAST(NULLIF(`t86`.`count_origin_delayed_2h`, 0) AS FLOAT64)
                                                ) AS `history_origin_delayed_2h`,
                                                IF(
                                                  (
                                                    (
                                                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t86`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                                    ) + CAST(EXTRACT(microsecond FROM `t86`.`_x23_at`) AS INT64)
                                                  ) > (
                                                    `t86`.`_x23_us` - 7200000000
                                                  ),
                                                  `t86`.`_x23_at`,
                                                  CAST(NULL AS TIMESTAMP)
                                                ) AS `history__0__at`
                                              FROM (
                                                SELECT
                                                  `t59`.`_x23_h0k0`,
                                                  `t59`.`_x23_us`,
                                                  `t59`.`_x23_asks`,
                                                  MAX(`t59`.`_x23_at`) OVER (
                                                    PARTITION BY `t59`.`_x23_h0k0`
                                                    ORDER BY `t59`.`_x23_us` ASC, `t59`.`_x23_asks` ASC
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                  ) AS `_x23_at`,
                                                  AVG(`t59`.`value_origin_delay_2h`) OVER (
                                                    PARTITION BY `t59`.`_x23_h0k0`
                                                    ORDER BY `t59`.`_x23_us` ASC
                                                    RANGE BETWEEN 7199999999 preceding AND CURRENT ROW
                                                  ) AS `value_origin_delay_2h`,
                                                  SAFE_CAST(CAST(SUM(`t59`.`count_origin_delayed_2h`) OVER (
                                                    PARTITION BY `t59`.`_x23_h0k0`
                                                    ORDER BY `t59`.`_x23_us` ASC, `t59`.`_x23_asks` ASC
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                  ) AS NUMERIC) AS INT64) AS `count_origin_delayed_2h`,
                                                  SAFE_CAST(CAST(SUM(`t59`.`sum_origin_delayed_2h`) OVER (
                                                    PARTITION BY `t59`.`_x23_h0k0`
                                                    ORDER BY `t59`.`_x23_us` ASC, `t59`.`_x23_asks` ASC
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                  ) AS NUMERIC) AS INT64) AS `sum_origin_delayed_2h`
                                                FROM (
                                                  SELECT
                                                    *
                                                  FROM (
                                                    SELECT
                                                      `t44`.`_x23_h0k0`,
                                                      `t44`.`_x23_us`,
                                                      1 AS `_x23_asks`,
                                                      CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                                      CAST(NULL AS FLOAT64) AS `value_origin_delay_2h`,
                                                      0 AS `count_origin_delayed_2h`,
                                                      0 AS `sum_origin_delayed_2h`
                                                    FROM (
                                                      SELECT DISTINCT
                                                        *
                                                      FROM (
                                                        SELECT
                                                          `t0`.`origin` AS `_x23_h0k0`,
                                                          (
                                                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`requested_at`, SECOND)) AS INT64) * 1000000
                                                          ) + CAST(EXTRACT(microsecond FROM `t0`.`requested_at`) AS INT64) AS `_x23_us`
                                                        FROM `events` AS `t0`
                                                      ) AS `t26`
                                                      WHERE
                                                        `t26`.`_x23_h0k0` IS NOT NULL AND `t26`.`_x23_us` IS NOT NULL
                                                    ) AS `t44`
                                                  ) AS `t54`
                                                  UNION ALL
                                                  SELECT
                                                    *
                                                  FROM (
                                                    SELECT
                                                      *
                                                    FROM (
                                                      SELECT
                                                        `t3`.`origin` AS `_x23_h0k0`,
                                                        (
                                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t3`.`known_at`, SECOND)) AS INT64) * 1000000
                                                        ) + CAST(EXTRACT(microsecond FROM `t3`.`known_at`) AS INT64) AS `_x23_us`,
                                                        0 AS `_x23_asks`,
                                                        `t3`.`known_at` AS `_x23_at`,
                                                        IF(ABS(`t3`.`dep_delay`) <= 3.4028234663852886e+38, `t3`.`dep_delay`, NULL) AS `value_origin_delay_2h`,
                                                        IF((
                                                          `t3`.`dep_delay` > 15
                                                        ) IS NOT NULL, 1, 0) AS `count_origin_delayed_2h`,
                                                        COALESCE(CAST(`t3`.`dep_delay` > 15 AS INT64), 0) * 1 AS `sum_origin_delayed_2h`
                                                      FROM `departures` AS `t3`
                                                      WHERE
                                                        `t3`.`known_at` > TIMESTAMP('2013-06-01T02:00:00+00:00')
                                                        AND `t3`.`known_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                                        AND `t3`.`origin` IS NOT NULL
                                                    ) AS `t31`
                                                    UNION ALL
                                                    SELECT
                                                      *
                                                    FROM (
                                                      SELECT
                                                        `t3`.`origin` AS `_x23_h0k0`,
                                                        (
                                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t3`.`known_at`, SECOND)) AS INT64) * 1000000
                                                        ) + CAST(EXTRACT(microsecond FROM `t3`.`known_at`) AS INT64) + 7200000000 AS `_x23_us`,
                                                        0 AS `_x23_asks`,
                                                        CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                                        CAST(NULL AS FLOAT64) AS `value_origin_delay_2h`,
                                                        IF((
                                                          `t3`.`dep_delay` > 15
                                                        ) IS NOT NULL, -1, 0) AS `count_origin_delayed_2h`,
                                                        COALESCE(CAST(`t3`.`dep_delay` > 15 AS INT64), 0) * -1 AS `sum_origin_delayed_2h`
                                                      FROM `departures` AS `t3`
                                                      WHERE
                                                        `t3`.`known_at` > TIMESTAMP('2013-06-01T02:00:00+00:00')
                                                        AND `t3`.`known_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                                        AND `t3`.`origin` IS NOT NULL
                                                    ) AS `t32`
                                                  ) AS `t34`
                                                ) AS `t59`
                                              ) AS `t86`
                                              WHERE
                                                `t86`.`_x23_asks` = 1
                                            ) AS `t105`
                                              ON `t121`.`origin` = `t105`.`_x23_h0k0`
                                              AND `t121`.`_x23_event_us` = `t105`.`_x23_us`
                                          ) AS `t122`
                                        ) AS `t124`
                                        LEFT OUTER JOIN (
                                          SELECT
                                            `t78`.`_x23_us`,
                                            `t78`.`value_city_delay_2h` AS `history_city_delay_2h`,
                                            IF(
                                              (
                                                (
                                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t78`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                                ) + CAST(EXTRACT(microsecond FROM `t78`.`_x23_at`) AS INT64)
                                              ) > (
                                                `t78`.`_x23_us` - 7200000000
                                              ),
                                              `t78`.`_x23_at`,
                                              CAST(NULL AS TIMESTAMP)
                                            ) AS `history__1__at`
                                          FROM (
                                            SELECT
                                              `t58`.`_x23_us`,
                                              `t58`.`_x23_asks`,
                                              MAX(`t58`.`_x23_at`) OVER (
                                                ORDER BY `t58`.`_x23_us` ASC, `t58`.`_x23_asks` ASC
                                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                              ) AS `_x23_at`,
                                              AVG(`t58`.`value_city_delay_2h`) OVER (ORDER BY `t58`.`_x23_us` ASC RANGE BETWEEN 7199999999 preceding AND CURRENT ROW) AS `value_city_delay_2h`
                                            FROM (
                                              SELECT
                                                *
                                              FROM (
                                                SELECT
                                                  (
                                                    CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t3`.`known_at`, SECOND)) AS INT64) * 1000000
                                                  ) + CAST(EXTRACT(microsecond FROM `t3`.`known_at`) AS INT64) AS `_x23_us`,
                                                  0 AS `_x23_asks`,
                                                  `t3`.`known_at` AS `_x23_at`,
                                                  IF(ABS(`t3`.`dep_delay`) <= 3.4028234663852886e+38, `t3`.`dep_delay`, NULL) AS `value_city_delay_2h`
                                                FROM `departures` AS `t3`
                                                WHERE
                                                  `t3`.`known_at` > TIMESTAMP('2013-06-01T02:00:00+00:00')
                                                  AND `t3`.`known_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                              ) AS `t30`
                                              UNION ALL
                                              SELECT
                                                *
                                              FROM (
                                                SELECT
                                                  `t43`.`_x23_us`,
                                                  1 AS `_x23_asks`,
                                                  CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                                  CAST(NULL AS FLOAT64) AS `value_city_delay_2h`
                                                FROM (
                                                  SELECT DISTINCT
                                                    *
                                                  FROM (
                                                    SELECT
                                                      (
                                                        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`requested_at`, SECOND)) AS INT64) * 1000000
                                                      ) + CAST(EXTRACT(microsecond FROM `t0`.`requested_at`) AS INT64) AS `_x23_us`
                                                    FROM `events` AS `t0`
                                                  ) AS `t25`
                                                  WHERE
                                                    `t25`.`_x23_us` IS NOT NULL
                                                ) AS `t43`
                                              ) AS `t53`
                                            ) AS `t58`
                                          ) AS `t78`
                                          WHERE
                                            `t78`.`_x23_asks` = 1
                                        ) AS `t102`
                                          ON `t124`.`_x23_event_us` = `t102`.`_x23_us`
                                      ) AS `t125`
                                    ) AS `t127`
                                    LEFT OUTER JOIN (
                                      SELECT
                                        `t77`.`_x23_h2k0`,
                                        `t77`.`_x23_h2k1`,
                                        `t77`.`_x23_us`,
                                        `t77`.`value_carrier_here_4h` AS `history_carrier_here_4h`,
                                        IF(
                                          (
                                            (
                                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t77`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                            ) + CAST(EXTRACT(microsecond FROM `t77`.`_x23_at`) AS INT64)
                                          ) > (
                                            `t77`.`_x23_us` - 14400000000
                                          ),
                                          `t77`.`_x23_at`,
                                          CAST(NULL AS TIMESTAMP)
                                        ) AS `history__2__at`
                                      FROM (
                                        SELECT
                                          `t57`.`_x23_h2k0`,
                                          `t57`.`_x23_h2k1`,
                                          `t57`.`_x23_us`,
                                          `t57`.`_x23_asks`,
                                          MAX(`t57`.`_x23_at`) OVER (
                                            PARTITION BY `t57`.`_x23_h2k0`, `t57`.`_x23_h2k1`
                                            ORDER BY `t57`.`_x23_us` ASC, `t57`.`_x23_asks` ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS `_x23_at`,
                                          AVG(`t57`.`value_carrier_here_4h`) OVER (
                                            PARTITION BY `t57`.`_x23_h2k0`, `t57`.`_x23_h2k1`
                                            ORDER BY `t57`.`_x23_us` ASC
                                            RANGE BETWEEN 14399999999 preceding AND CURRENT ROW
                                          ) AS `value_carrier_here_4h`
                                        FROM (
                                          SELECT
                                            *
                                          FROM (
                                            SELECT
                                              `t3`.`origin` AS `_x23_h2k0`,
                                              `t3`.`carrier` AS `_x23_h2k1`,
                                              (
                                                CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t3`.`known_at`, SECOND)) AS INT64) * 1000000
                                              ) + CAST(EXTRACT(microsecond FROM `t3`.`known_at`) AS INT64) AS `_x23_us`,
                                              0 AS `_x23_asks`,
                                              `t3`.`known_at` AS `_x23_at`,
                                              IF(ABS(`t3`.`dep_delay`) <= 3.4028234663852886e+38, `t3`.`dep_delay`, NULL) AS `value_carrier_here_4h`
                                            FROM `departures` AS `t3`
                                            WHERE
                                              `t3`.`known_at` > TIMESTAMP('2013-06-01T00:00:00+00:00')
                                              AND `t3`.`known_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                              AND (
                                                (
                                                  `t3`.`origin` IS NOT NULL
                                                ) AND (
                                                  `t3`.`carrier` IS NOT NULL
                                                )
                                              )
                                          ) AS `t29`
                                          UNION ALL
                                          SELECT
                                            *
                                          FROM (
                                            SELECT
                                              `t42`.`_x23_h2k0`,
                                              `t42`.`_x23_h2k1`,
                                              `t42`.`_x23_us`,
                                              1 AS `_x23_asks`,
                                              CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                              CAST(NULL AS FLOAT64) AS `value_carrier_here_4h`
                                            FROM (
                                              SELECT DISTINCT
                                                *
                                              FROM (
                                                SELECT
                                                  `t0`.`origin` AS `_x23_h2k0`,
                                                  `t0`.`carrier` AS `_x23_h2k1`,
                                                  (
                                                    CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`requested_at`, SECOND)) AS INT64) * 1000000
                                                  ) + CAST(EXTRACT(microsecond FROM `t0`.`requested_at`) AS INT64) AS `_x23_us`
                                                FROM `events` AS `t0`
                                              ) AS `t24`
                                              WHERE
                                                `t24`.`_x23_h2k0` IS NOT NULL
                                                AND `t24`.`_x23_h2k1` IS NOT NULL
                                                AND `t24`.`_x23_us` IS NOT NULL
                                            ) AS `t42`
                                          ) AS `t52`
                                        ) AS `t57`
                                      ) AS `t77`
                                      WHERE
                                        `t77`.`_x23_asks` = 1
                                    ) AS `t101`
                                      ON `t127`.`origin` = `t101`.`_x23_h2k0`
                                      AND `t127`.`carrier` = `t101`.`_x23_h2k1`
                                      AND `t127`.`_x23_event_us` = `t101`.`_x23_us`
                                  ) AS `t128`
                                ) AS `t130`
                                LEFT OUTER JOIN (
                                  SELECT
                                    `t76`.`_x23_h3k0`,
                                    `t76`.`_x23_us`,
                                    `t76`.`value_plane_delay_12h` AS `history_plane_delay_12h`,
                                    IF(
                                      (
                                        (
                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t76`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                        ) + CAST(EXTRACT(microsecond FROM `t76`.`_x23_at`) AS INT64)
                                      ) > (
                                        `t76`.`_x23_us` - 43200000000
                                      ),
                                      `t76`.`_x23_at`,
                                      CAST(NULL AS TIMESTAMP)
                                    ) AS `history__3__at`
                                  FROM (
                                    SELECT
                                      `t56`.`_x23_h3k0`,
                                      `t56`.`_x23_us`,
                                      `t56`.`_x23_asks`,
                                      MAX(`t56`.`_x23_at`) OVER (
                                        PARTITION BY `t56`.`_x23_h3k0`
                                        ORDER BY `t56`.`_x23_us` ASC, `t56`.`_x23_asks` ASC
                                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                      ) AS `_x23_at`,
                                      MAX(`t56`.`value_plane_delay_12h`) OVER (
                                        PARTITION BY `t56`.`_x23_h3k0`
                                        ORDER BY `t56`.`_x23_us` ASC
                                        RANGE BETWEEN 43199999999 preceding AND CURRENT ROW
                                      ) AS `value_plane_delay_12h`
                                    FROM (
                                      SELECT
                                        *
                                      FROM (
                                        SELECT
                                          `t3`.`tailnum` AS `_x23_h3k0`,
                                          (
                                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t3`.`known_at`, SECOND)) AS INT64) * 1000000
                                          ) + CAST(EXTRACT(microsecond FROM `t3`.`known_at`) AS INT64) AS `_x23_us`,
                                          0 AS `_x23_asks`,
                                          `t3`.`known_at` AS `_x23_at`,
                                          IF(ABS(`t3`.`dep_delay`) <= 3.4028234663852886e+38, `t3`.`dep_delay`, NULL) AS `value_plane_delay_12h`
                                        FROM `departures` AS `t3`
                                        WHERE
                                          `t3`.`known_at` > TIMESTAMP('2013-05-31T16:00:00+00:00')
                                          AND `t3`.`known_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                          AND `t3`.`tailnum` IS NOT NULL
                                      ) AS `t28`
                                      UNION ALL
                                      SELECT
                                        *
                                      FROM (
                                        SELECT
                                          `t41`.`_x23_h3k0`,
                                          `t41`.`_x23_us`,
                                          1 AS `_x23_asks`,
                                          CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                          CAST(NULL AS FLOAT64) AS `value_plane_delay_12h`
                                        FROM (
                                          SELECT DISTINCT
                                            *
                                          FROM (
                                            SELECT
                                              `t0`.`tailnum` AS `_x23_h3k0`,
                                              (
                                                CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`requested_at`, SECOND)) AS INT64) * 1000000
                                              ) + CAST(EXTRACT(microsecond FROM `t0`.`requested_at`) AS INT64) AS `_x23_us`
                                            FROM `events` AS `t0`
                                          ) AS `t23`
                                          WHERE
                                            `t23`.`_x23_h3k0` IS NOT NULL AND `t23`.`_x23_us` IS NOT NULL
                                        ) AS `t41`
                                      ) AS `t51`
                                    ) AS `t56`
                                  ) AS `t76`
                                  WHERE
                                    `t76`.`_x23_asks` = 1
                                ) AS `t100`
                                  ON `t130`.`tailnum` = `t100`.`_x23_h3k0`
                                  AND `t130`.`_x23_event_us` = `t100`.`_x23_us`
                              ) AS `t131`
                            ) AS `t133`
                            LEFT OUTER JOIN (
                              SELECT
                                `t75`.`_x23_h4k0`,
                                `t75`.`_x23_us`,
                                `t75`.`value_plane_landed_12h` AS `history_plane_landed_12h`,
                                IF(
                                  (
                                    (
                                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t75`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                    ) + CAST(EXTRACT(microsecond FROM `t75`.`_x23_at`) AS INT64)
                                  ) > (
                                    `t75`.`_x23_us` - 43200000000
                                  ),
                                  `t75`.`_x23_at`,
                                  CAST(NULL AS TIMESTAMP)
                                ) AS `history__4__at`
                              FROM (
                                SELECT
                                  `t55`.`_x23_h4k0`,
                                  `t55`.`_x23_us`,
                                  `t55`.`_x23_asks`,
                                  MAX(`t55`.`_x23_at`) OVER (
                                    PARTITION BY `t55`.`_x23_h4k0`
                                    ORDER BY `t55`.`_x23_us` ASC, `t55`.`_x23_asks` ASC
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                  ) AS `_x23_at`,
                                  AVG(`t55`.`value_plane_landed_12h`) OVER (
                                    PARTITION BY `t55`.`_x23_h4k0`
                                    ORDER BY `t55`.`_x23_us` ASC
                                    RANGE BETWEEN 43199999999 preceding AND CURRENT ROW
                                  ) AS `value_plane_landed_12h`
                                FROM (
                                  SELECT
                                    *
                                  FROM (
                                    SELECT
                                      `t2`.`tailnum` AS `_x23_h4k0`,
                                      (
                                        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t2`.`known_at`, SECOND)) AS INT64) * 1000000
                                      ) + CAST(EXTRACT(microsecond FROM `t2`.`known_at`) AS INT64) AS `_x23_us`,
                                      0 AS `_x23_asks`,
                                      `t2`.`known_at` AS `_x23_at`,
                                      IF(ABS(`t2`.`arr_delay`) <= 3.4028234663852886e+38, `t2`.`arr_delay`, NULL) AS `value_plane_landed_12h`
                                    FROM `landings` AS `t2`
                                    WHERE
                                      `t2`.`known_at` > TIMESTAMP('2013-05-31T16:00:00+00:00')
                                      AND `t2`.`known_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                      AND `t2`.`tailnum` IS NOT NULL
                                  ) AS `t27`
                                  UNION ALL
                                  SELECT
                                    *
                                  FROM (
                                    SELECT
                                      `t40`.`_x23_h4k0`,
                                      `t40`.`_x23_us`,
                                      1 AS `_x23_asks`,
                                      CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                      CAST(NULL AS FLOAT64) AS `value_plane_landed_12h`
                                    FROM (
                                      SELECT DISTINCT
                                        *
                                      FROM (
                                        SELECT
                                          `t0`.`tailnum` AS `_x23_h4k0`,
                                          (
                                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`requested_at`, SECOND)) AS INT64) * 1000000
                                          ) + CAST(EXTRACT(microsecond FROM `t0`.`requested_at`) AS INT64) AS `_x23_us`
                                        FROM `events` AS `t0`
                                      ) AS `t22`
                                      WHERE
                                        `t22`.`_x23_h4k0` IS NOT NULL AND `t22`.`_x23_us` IS NOT NULL
                                    ) AS `t40`
                                  ) AS `t50`
                                ) AS `t55`
                              ) AS `t75`
                              WHERE
                                `t75`.`_x23_asks` = 1
                            ) AS `t99`
                              ON `t133`.`tailnum` = `t99`.`_x23_h4k0` AND `t133`.`_x23_event_us` = `t99`.`_x23_us`
                          ) AS `t134`
                        ) AS `t136`
                        LEFT OUTER JOIN (
                          SELECT
                            `t93`.`_x23_h5k0`,
                            `t93`.`_x23_us`,
                            ieee_divide(
                              CAST(`t93`.`sum_origin_late_3h` AS FLOAT64),
                              CAST(NULLIF(`t93`.`count_origin_late_3h`, 0) AS FLOAT64)
                            ) AS `history_origin_late_3h`,
                            IF(
                              (
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t93`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t93`.`_x23_at`) AS INT64)
                              ) > (
                                `t93`.`_x23_us` - 10800000000
                              ),
                              `t93`.`_x23_at`,
                              CAST(NULL AS TIMESTAMP)
                            ) AS `history__5__at`
                          FROM (
                            SELECT
                              `t84`.`_x23_h5k0`,
                              `t84`.`_x23_us`,
                              `t84`.`_x23_asks`,
                              MAX(`t84`.`_x23_at`) OVER (
                                PARTITION BY `t84`.`_x23_h5k0`
                                ORDER BY `t84`.`_x23_us` ASC, `t84`.`_x23_asks` ASC
                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                              ) AS `_x23_at`,
                              SAFE_CAST(CAST(SUM(`t84`.`count_origin_late_3h`) OVER (
                                PARTITION BY `t84`.`_x23_h5k0`
                                ORDER BY `t84`.`_x23_us` ASC, `t84`.`_x23_asks` ASC
                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                              ) AS NUMERIC) AS INT64) AS `count_origin_late_3h`,
                              SAFE_CAST(CAST(SUM(`t84`.`sum_origin_late_3h`) OVER (
                                PARTITION BY `t84`.`_x23_h5k0`
                                ORDER BY `t84`.`_x23_us` ASC, `t84`.`_x23_asks` ASC
                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                              ) AS NUMERIC) AS INT64) AS `sum_origin_late_3h`
                            FROM (
                              SELECT
                                *
                              FROM (
                                SELECT
                                  `t39`.`_x23_h5k0`,
                                  `t39`.`_x23_us`,
                                  1 AS `_x23_asks`,
                                  CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                  0 AS `count_origin_late_3h`,
                                  0 AS `sum_origin_late_3h`
                                FROM (
                                  SELECT DISTINCT
                                    *
                                  FROM (
                                    SELECT
                                      `t0`.`origin` AS `_x23_h5k0`,
                                      (
                                        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`requested_at`, SECOND)) AS INT64) * 1000000
                                      ) + CAST(EXTRACT(microsecond FROM `t0`.`requested_at`) AS INT64) AS `_x23_us`
                                    FROM `events` AS `t0`
                                  ) AS `t21`
                                  WHERE
                                    `t21`.`_x23_h5k0` IS NOT NULL AND `t21`.`_x23_us` IS NOT NULL
                                ) AS `t39`
                              ) AS `t49`
                              UNION ALL
                              SELECT
                                *
                              FROM (
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    `t16`.`origin` AS `_x23_h5k0`,
                                    (
                                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                    ) + CAST(EXTRACT(microsecond FROM `t16`.`_x23_at`) AS INT64) AS `_x23_us`,
                                    0 AS `_x23_asks`,
                                    `t16`.`_x23_at`,
                                    IF(`t16`.`late` IS NOT NULL, 1, 0) AS `count_origin_late_3h`,
                                    COALESCE(CAST(`t16`.`late` AS INT64), 0) * 1 AS `sum_origin_late_3h`
                                  FROM `t15` AS `t16`
                                  WHERE
                                    `t16`.`_x23_at` > TIMESTAMP('2013-06-01T01:00:00+00:00')
                                    AND `t16`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                    AND `t16`.`origin` IS NOT NULL
                                    AND (
                                      (
                                        (
                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`late_known_at`, SECOND)) AS INT64) * 1000000
                                        ) + CAST(EXTRACT(microsecond FROM `t16`.`late_known_at`) AS INT64)
                                      ) - (
                                        (
                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`requested_at`, SECOND)) AS INT64) * 1000000
                                        ) + CAST(EXTRACT(microsecond FROM `t16`.`requested_at`) AS INT64)
                                      )
                                    ) <= 172800000000
                                ) AS `t68`
                                UNION ALL
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    `t16`.`origin` AS `_x23_h5k0`,
                                    (
                                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                    ) + CAST(EXTRACT(microsecond FROM `t16`.`_x23_at`) AS INT64) + 10800000000 AS `_x23_us`,
                                    0 AS `_x23_asks`,
                                    CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                    IF(`t16`.`late` IS NOT NULL, -1, 0) AS `count_origin_late_3h`,
                                    COALESCE(CAST(`t16`.`late` AS INT64), 0) * -1 AS `sum_origin_late_3h`
                                  FROM `t15` AS `t16`
                                  WHERE
                                    `t16`.`_x23_at` > TIMESTAMP('2013-06-01T01:00:00+00:00')
                                    AND `t16`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                    AND `t16`.`origin` IS NOT NULL
                                    AND (
                                      (
                                        (
                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`late_known_at`, SECOND)) AS INT64) * 1000000
                                        ) + CAST(EXTRACT(microsecond FROM `t16`.`late_known_at`) AS INT64)
                                      ) - (
                                        (
                                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`requested_at`, SECOND)) AS INT64) * 1000000
                                        ) + CAST(EXTRACT(microsecond FROM `t16`.`requested_at`) AS INT64)
                                      )
                                    ) <= 172800000000
                                ) AS `t69`
                              ) AS `t74`
                            ) AS `t84`
                          ) AS `t93`
                          WHERE
                            `t93`.`_x23_asks` = 1
                        ) AS `t117`
                          ON `t136`.`origin` = `t117`.`_x23_h5k0`
                          AND `t136`.`_x23_event_us` = `t117`.`_x23_us`
                      ) AS `t137`
                    ) AS `t139`
                    LEFT OUTER JOIN (
                      SELECT
                        `t92`.`_x23_h6k0`,
                        `t92`.`_x23_us`,
                        ieee_divide(
                          CAST(`t92`.`sum_carrier_late_6h` AS FLOAT64),
                          CAST(NULLIF(`t92`.`count_carrier_late_6h`, 0) AS FLOAT64)
                        ) AS `history_carrier_late_6h`,
                        IF(
                          (
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t92`.`_x23_at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t92`.`_x23_at`) AS INT64)
                          ) > (
                            `t92`.`_x23_us` - 21600000000
                          ),
                          `t92`.`_x23_at`,
                          CAST(NULL AS TIMESTAMP)
                        ) AS `history__6__at`
                      FROM (
                        SELECT
                          `t83`.`_x23_h6k0`,
                          `t83`.`_x23_us`,
                          `t83`.`_x23_asks`,
                          MAX(`t83`.`_x23_at`) OVER (
                            PARTITION BY `t83`.`_x23_h6k0`
                            ORDER BY `t83`.`_x23_us` ASC, `t83`.`_x23_asks` ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS `_x23_at`,
                          SAFE_CAST(CAST(SUM(`t83`.`count_carrier_late_6h`) OVER (
                            PARTITION BY `t83`.`_x23_h6k0`
                            ORDER BY `t83`.`_x23_us` ASC, `t83`.`_x23_asks` ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS NUMERIC) AS INT64) AS `count_carrier_late_6h`,
                          SAFE_CAST(CAST(SUM(`t83`.`sum_carrier_late_6h`) OVER (
                            PARTITION BY `t83`.`_x23_h6k0`
                            ORDER BY `t83`.`_x23_us` ASC, `t83`.`_x23_asks` ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS NUMERIC) AS INT64) AS `sum_carrier_late_6h`
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              `t38`.`_x23_h6k0`,
                              `t38`.`_x23_us`,
                              1 AS `_x23_asks`,
                              CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                              0 AS `count_carrier_late_6h`,
                              0 AS `sum_carrier_late_6h`
                            FROM (
                              SELECT DISTINCT
                                *
                              FROM (
                                SELECT
                                  `t0`.`carrier` AS `_x23_h6k0`,
                                  (
                                    CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`requested_at`, SECOND)) AS INT64) * 1000000
                                  ) + CAST(EXTRACT(microsecond FROM `t0`.`requested_at`) AS INT64) AS `_x23_us`
                                FROM `events` AS `t0`
                              ) AS `t20`
                              WHERE
                                `t20`.`_x23_h6k0` IS NOT NULL AND `t20`.`_x23_us` IS NOT NULL
                            ) AS `t38`
                          ) AS `t48`
                          UNION ALL
                          SELECT
                            *
                          FROM (
                            SELECT
                              *
                            FROM (
                              SELECT
                                `t16`.`carrier` AS `_x23_h6k0`,
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t16`.`_x23_at`) AS INT64) AS `_x23_us`,
                                0 AS `_x23_asks`,
                                `t16`.`_x23_at`,
                                IF(`t16`.`late` IS NOT NULL, 1, 0) AS `count_carrier_late_6h`,
                                COALESCE(CAST(`t16`.`late` AS INT64), 0) * 1 AS `sum_carrier_late_6h`
                              FROM `t15` AS `t16`
                              WHERE
                                `t16`.`_x23_at` > TIMESTAMP('2013-05-31T22:00:00+00:00')
                                AND `t16`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                AND `t16`.`carrier` IS NOT NULL
                                AND (
                                  (
                                    (
                                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`late_known_at`, SECOND)) AS INT64) * 1000000
                                    ) + CAST(EXTRACT(microsecond FROM `t16`.`late_known_at`) AS INT64)
                                  ) - (
                                    (
                                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`requested_at`, SECOND)) AS INT64) * 1000000
                                    ) + CAST(EXTRACT(microsecond FROM `t16`.`requested_at`) AS INT64)
                                  )
                                ) <= 172800000000
                            ) AS `t66`
                            UNION ALL
                            SELECT
                              *
                            FROM (
                              SELECT
                                `t16`.`carrier` AS `_x23_h6k0`,
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`_x23_at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t16`.`_x23_at`) AS INT64) + 21600000000 AS `_x23_us`,
                                0 AS `_x23_asks`,
                                CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                                IF(`t16`.`late` IS NOT NULL, -1, 0) AS `count_carrier_late_6h`,
                                COALESCE(CAST(`t16`.`late` AS INT64), 0) * -1 AS `sum_carrier_late_6h`
                              FROM `t15` AS `t16`
                              WHERE
                                `t16`.`_x23_at` > TIMESTAMP('2013-05-31T22:00:00+00:00')
                                AND `t16`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                                AND `t16`.`carrier` IS NOT NULL
                                AND (
                                  (
                                    (
                                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`late_known_at`, SECOND)) AS INT64) * 1000000
                                    ) + CAST(EXTRACT(microsecond FROM `t16`.`late_known_at`) AS INT64)
                                  ) - (
                                    (
                                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`requested_at`, SECOND)) AS INT64) * 1000000
                                    ) + CAST(EXTRACT(microsecond FROM `t16`.`requested_at`) AS INT64)
                                  )
                                ) <= 172800000000
                            ) AS `t67`
                          ) AS `t73`
                        ) AS `t83`
                      ) AS `t92`
                      WHERE
                        `t92`.`_x23_asks` = 1
                    ) AS `t116`
                      ON `t139`.`carrier` = `t116`.`_x23_h6k0`
                      AND `t139`.`_x23_event_us` = `t116`.`_x23_us`
                  ) AS `t140`
                ) AS `t142`
                LEFT OUTER JOIN (
                  SELECT
                    `t91`.`_x23_h7k0`,
                    `t91`.`_x23_us`,
                    ieee_divide(
                      CAST(`t91`.`sum_carrier_late_7d` AS FLOAT64),
                      CAST(NULLIF(`t91`.`count_carrier_late_7d`, 0) AS FLOAT64)
                    ) AS `history_carrier_late_7d`,
                    IF(
                      (
                        (
                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t91`.`_x23_at`, SECOND)) AS INT64) * 1000000
                        ) + CAST(EXTRACT(microsecond FROM `t91`.`_x23_at`) AS INT64)
                      ) > (
                        `t91`.`_x23_us` - 604800000000
                      ),
                      `t91`.`_x23_at`,
                      CAST(NULL AS TIMESTAMP)
                    ) AS `history__7__at`
                  FROM (
                    SELECT
                      `t82`.`_x23_h7k0`,
                      `t82`.`_x23_us`,
                      `t82`.`_x23_asks`,
                      MAX(`t82`.`_x23_at`) OVER (
                        PARTITION BY `t82`.`_x23_h7k0`
                        ORDER BY `t82`.`_x23_us` ASC, `t82`.`_x23_asks` ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      ) AS `_x23_at`,
                      SAFE_CAST(CAST(SUM(`t82`.`count_carrier_late_7d`) OVER (
                        PARTITION BY `t82`.`_x23_h7k0`
                        ORDER BY `t82`.`_x23_us` ASC, `t82`.`_x23_asks` ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      ) AS NUMERIC) AS INT64) AS `count_carrier_late_7d`,
                      SAFE_CAST(CAST(SUM(`t82`.`sum_carrier_late_7d`) OVER (
                        PARTITION BY `t82`.`_x23_h7k0`
                        ORDER BY `t82`.`_x23_us` ASC, `t82`.`_x23_asks` ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      ) AS NUMERIC) AS INT64) AS `sum_carrier_late_7d`
                    FROM (
                      SELECT
                        *
                      FROM (
                        SELECT
                          `t37`.`_x23_h7k0`,
                          `t37`.`_x23_us`,
                          1 AS `_x23_asks`,
                          CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                          0 AS `count_carrier_late_7d`,
                          0 AS `sum_carrier_late_7d`
                        FROM (
                          SELECT DISTINCT
                            *
                          FROM (
                            SELECT
                              `t0`.`carrier` AS `_x23_h7k0`,
                              (
                                CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`requested_at`, SECOND)) AS INT64) * 1000000
                              ) + CAST(EXTRACT(microsecond FROM `t0`.`requested_at`) AS INT64) AS `_x23_us`
                            FROM `events` AS `t0`
                          ) AS `t19`
                          WHERE
                            `t19`.`_x23_h7k0` IS NOT NULL AND `t19`.`_x23_us` IS NOT NULL
                        ) AS `t37`
                      ) AS `t47`
                      UNION ALL
                      SELECT
                        *
                      FROM (
                        SELECT
                          *
                        FROM (
                          SELECT
                            `t16`.`carrier` AS `_x23_h7k0`,
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`_x23_at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t16`.`_x23_at`) AS INT64) AS `_x23_us`,
                            0 AS `_x23_asks`,
                            `t16`.`_x23_at`,
                            IF(`t16`.`late` IS NOT NULL, 1, 0) AS `count_carrier_late_7d`,
                            COALESCE(CAST(`t16`.`late` AS INT64), 0) * 1 AS `sum_carrier_late_7d`
                          FROM `t15` AS `t16`
                          WHERE
                            `t16`.`_x23_at` > TIMESTAMP('2013-05-25T04:00:00+00:00')
                            AND `t16`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                            AND `t16`.`carrier` IS NOT NULL
                            AND (
                              (
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`late_known_at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t16`.`late_known_at`) AS INT64)
                              ) - (
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`requested_at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t16`.`requested_at`) AS INT64)
                              )
                            ) <= 172800000000
                        ) AS `t64`
                        UNION ALL
                        SELECT
                          *
                        FROM (
                          SELECT
                            `t16`.`carrier` AS `_x23_h7k0`,
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`_x23_at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t16`.`_x23_at`) AS INT64) + 604800000000 AS `_x23_us`,
                            0 AS `_x23_asks`,
                            CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                            IF(`t16`.`late` IS NOT NULL, -1, 0) AS `count_carrier_late_7d`,
                            COALESCE(CAST(`t16`.`late` AS INT64), 0) * -1 AS `sum_carrier_late_7d`
                          FROM `t15` AS `t16`
                          WHERE
                            `t16`.`_x23_at` > TIMESTAMP('2013-05-25T04:00:00+00:00')
                            AND `t16`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                            AND `t16`.`carrier` IS NOT NULL
                            AND (
                              (
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`late_known_at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t16`.`late_known_at`) AS INT64)
                              ) - (
                                (
                                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`requested_at`, SECOND)) AS INT64) * 1000000
                                ) + CAST(EXTRACT(microsecond FROM `t16`.`requested_at`) AS INT64)
                              )
                            ) <= 172800000000
                        ) AS `t65`
                      ) AS `t72`
                    ) AS `t82`
                  ) AS `t91`
                  WHERE
                    `t91`.`_x23_asks` = 1
                ) AS `t115`
                  ON `t142`.`carrier` = `t115`.`_x23_h7k0`
                  AND `t142`.`_x23_event_us` = `t115`.`_x23_us`
              ) AS `t143`
            ) AS `t145`
            LEFT OUTER JOIN (
              SELECT
                `t90`.`_x23_h8k0`,
                `t90`.`_x23_h8k1`,
                `t90`.`_x23_us`,
                ieee_divide(
                  CAST(`t90`.`sum_number_late_21d` AS FLOAT64),
                  CAST(NULLIF(`t90`.`count_number_late_21d`, 0) AS FLOAT64)
                ) AS `history_number_late_21d`,
                IF(
                  (
                    (
                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t90`.`_x23_at`, SECOND)) AS INT64) * 1000000
                    ) + CAST(EXTRACT(microsecond FROM `t90`.`_x23_at`) AS INT64)
                  ) > (
                    `t90`.`_x23_us` - 1814400000000
                  ),
                  `t90`.`_x23_at`,
                  CAST(NULL AS TIMESTAMP)
                ) AS `history__8__at`
              FROM (
                SELECT
                  `t81`.`_x23_h8k0`,
                  `t81`.`_x23_h8k1`,
                  `t81`.`_x23_us`,
                  `t81`.`_x23_asks`,
                  MAX(`t81`.`_x23_at`) OVER (
                    PARTITION BY `t81`.`_x23_h8k0`, `t81`.`_x23_h8k1`
                    ORDER BY `t81`.`_x23_us` ASC, `t81`.`_x23_asks` ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                  ) AS `_x23_at`,
                  SAFE_CAST(CAST(SUM(`t81`.`count_number_late_21d`) OVER (
                    PARTITION BY `t81`.`_x23_h8k0`, `t81`.`_x23_h8k1`
                    ORDER BY `t81`.`_x23_us` ASC, `t81`.`_x23_asks` ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                  ) AS NUMERIC) AS INT64) AS `count_number_late_21d`,
                  SAFE_CAST(CAST(SUM(`t81`.`sum_number_late_21d`) OVER (
                    PARTITION BY `t81`.`_x23_h8k0`, `t81`.`_x23_h8k1`
                    ORDER BY `t81`.`_x23_us` ASC, `t81`.`_x23_asks` ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                  ) AS NUMERIC) AS INT64) AS `sum_number_late_21d`
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      `t36`.`_x23_h8k0`,
                      `t36`.`_x23_h8k1`,
                      `t36`.`_x23_us`,
                      1 AS `_x23_asks`,
                      CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                      0 AS `count_number_late_21d`,
                      0 AS `sum_number_late_21d`
                    FROM (
                      SELECT DISTINCT
                        *
                      FROM (
                        SELECT
                          `t0`.`carrier` AS `_x23_h8k0`,
                          `t0`.`flight` AS `_x23_h8k1`,
                          (
                            CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`requested_at`, SECOND)) AS INT64) * 1000000
                          ) + CAST(EXTRACT(microsecond FROM `t0`.`requested_at`) AS INT64) AS `_x23_us`
                        FROM `events` AS `t0`
                      ) AS `t18`
                      WHERE
                        `t18`.`_x23_h8k0` IS NOT NULL
                        AND `t18`.`_x23_h8k1` IS NOT NULL
                        AND `t18`.`_x23_us` IS NOT NULL
                    ) AS `t36`
                  ) AS `t46`
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      *
                    FROM (
                      SELECT
                        `t16`.`carrier` AS `_x23_h8k0`,
                        `t16`.`flight` AS `_x23_h8k1`,
                        (
                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`_x23_at`, SECOND)) AS INT64) * 1000000
                        ) + CAST(EXTRACT(microsecond FROM `t16`.`_x23_at`) AS INT64) AS `_x23_us`,
                        0 AS `_x23_asks`,
                        `t16`.`_x23_at`,
                        IF(`t16`.`late` IS NOT NULL, 1, 0) AS `count_number_late_21d`,
                        COALESCE(CAST(`t16`.`late` AS INT64), 0) * 1 AS `sum_number_late_21d`
                      FROM `t15` AS `t16`
                      WHERE
                        `t16`.`_x23_at` > TIMESTAMP('2013-05-11T04:00:00+00:00')
                        AND `t16`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                        AND (
                          (
                            `t16`.`carrier` IS NOT NULL
                          ) AND (
                            `t16`.`flight` IS NOT NULL
                          )
                        )
                        AND (
                          (
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`late_known_at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t16`.`late_known_at`) AS INT64)
                          ) - (
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`requested_at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t16`.`requested_at`) AS INT64)
                          )
                        ) <= 172800000000
                    ) AS `t62`
                    UNION ALL
                    SELECT
                      *
                    FROM (
                      SELECT
                        `t16`.`carrier` AS `_x23_h8k0`,
                        `t16`.`flight` AS `_x23_h8k1`,
                        (
                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`_x23_at`, SECOND)) AS INT64) * 1000000
                        ) + CAST(EXTRACT(microsecond FROM `t16`.`_x23_at`) AS INT64) + 1814400000000 AS `_x23_us`,
                        0 AS `_x23_asks`,
                        CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                        IF(`t16`.`late` IS NOT NULL, -1, 0) AS `count_number_late_21d`,
                        COALESCE(CAST(`t16`.`late` AS INT64), 0) * -1 AS `sum_number_late_21d`
                      FROM `t15` AS `t16`
                      WHERE
                        `t16`.`_x23_at` > TIMESTAMP('2013-05-11T04:00:00+00:00')
                        AND `t16`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                        AND (
                          (
                            `t16`.`carrier` IS NOT NULL
                          ) AND (
                            `t16`.`flight` IS NOT NULL
                          )
                        )
                        AND (
                          (
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`late_known_at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t16`.`late_known_at`) AS INT64)
                          ) - (
                            (
                              CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`requested_at`, SECOND)) AS INT64) * 1000000
                            ) + CAST(EXTRACT(microsecond FROM `t16`.`requested_at`) AS INT64)
                          )
                        ) <= 172800000000
                    ) AS `t63`
                  ) AS `t71`
                ) AS `t81`
              ) AS `t90`
              WHERE
                `t90`.`_x23_asks` = 1
            ) AS `t114`
              ON `t145`.`carrier` = `t114`.`_x23_h8k0`
              AND `t145`.`flight` = `t114`.`_x23_h8k1`
              AND `t145`.`_x23_event_us` = `t114`.`_x23_us`
          ) AS `t146`
        ) AS `t148`
        LEFT OUTER JOIN (
          SELECT
            `t89`.`_x23_h9k0`,
            `t89`.`_x23_us`,
            ieee_divide(
              CAST(`t89`.`sum_dest_late_24h` AS FLOAT64),
              CAST(NULLIF(`t89`.`count_dest_late_24h`, 0) AS FLOAT64)
            ) AS `history_dest_late_24h`,
            IF(
              (
                (
                  CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t89`.`_x23_at`, SECOND)) AS INT64) * 1000000
                ) + CAST(EXTRACT(microsecond FROM `t89`.`_x23_at`) AS INT64)
              ) > (
                `t89`.`_x23_us` - 86400000000
              ),
              `t89`.`_x23_at`,
              CAST(NULL AS TIMESTAMP)
            ) AS `history__9__at`
          FROM (
            SELECT
              `t80`.`_x23_h9k0`,
              `t80`.`_x23_us`,
              `t80`.`_x23_asks`,
              MAX(`t80`.`_x23_at`) OVER (
                PARTITION BY `t80`.`_x23_h9k0`
                ORDER BY `t80`.`_x23_us` ASC, `t80`.`_x23_asks` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS `_x23_at`,
              SAFE_CAST(CAST(SUM(`t80`.`count_dest_late_24h`) OVER (
                PARTITION BY `t80`.`_x23_h9k0`
                ORDER BY `t80`.`_x23_us` ASC, `t80`.`_x23_asks` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS NUMERIC) AS INT64) AS `count_dest_late_24h`,
              SAFE_CAST(CAST(SUM(`t80`.`sum_dest_late_24h`) OVER (
                PARTITION BY `t80`.`_x23_h9k0`
                ORDER BY `t80`.`_x23_us` ASC, `t80`.`_x23_asks` ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS NUMERIC) AS INT64) AS `sum_dest_late_24h`
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  `t35`.`_x23_h9k0`,
                  `t35`.`_x23_us`,
                  1 AS `_x23_asks`,
                  CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                  0 AS `count_dest_late_24h`,
                  0 AS `sum_dest_late_24h`
                FROM (
                  SELECT DISTINCT
                    *
                  FROM (
                    SELECT
                      `t0`.`dest` AS `_x23_h9k0`,
                      (
                        CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t0`.`requested_at`, SECOND)) AS INT64) * 1000000
                      ) + CAST(EXTRACT(microsecond FROM `t0`.`requested_at`) AS INT64) AS `_x23_us`
                    FROM `events` AS `t0`
                  ) AS `t17`
                  WHERE
                    `t17`.`_x23_h9k0` IS NOT NULL AND `t17`.`_x23_us` IS NOT NULL
                ) AS `t35`
              ) AS `t45`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    `t16`.`dest` AS `_x23_h9k0`,
                    (
                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`_x23_at`, SECOND)) AS INT64) * 1000000
                    ) + CAST(EXTRACT(microsecond FROM `t16`.`_x23_at`) AS INT64) AS `_x23_us`,
                    0 AS `_x23_asks`,
                    `t16`.`_x23_at`,
                    IF(`t16`.`late` IS NOT NULL, 1, 0) AS `count_dest_late_24h`,
                    COALESCE(CAST(`t16`.`late` AS INT64), 0) * 1 AS `sum_dest_late_24h`
                  FROM `t15` AS `t16`
                  WHERE
                    `t16`.`_x23_at` > TIMESTAMP('2013-05-31T04:00:00+00:00')
                    AND `t16`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                    AND `t16`.`dest` IS NOT NULL
                    AND (
                      (
                        (
                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`late_known_at`, SECOND)) AS INT64) * 1000000
                        ) + CAST(EXTRACT(microsecond FROM `t16`.`late_known_at`) AS INT64)
                      ) - (
                        (
                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`requested_at`, SECOND)) AS INT64) * 1000000
                        ) + CAST(EXTRACT(microsecond FROM `t16`.`requested_at`) AS INT64)
                      )
                    ) <= 172800000000
                ) AS `t60`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    `t16`.`dest` AS `_x23_h9k0`,
                    (
                      CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`_x23_at`, SECOND)) AS INT64) * 1000000
                    ) + CAST(EXTRACT(microsecond FROM `t16`.`_x23_at`) AS INT64) + 86400000000 AS `_x23_us`,
                    0 AS `_x23_asks`,
                    CAST(NULL AS TIMESTAMP) AS `_x23_at`,
                    IF(`t16`.`late` IS NOT NULL, -1, 0) AS `count_dest_late_24h`,
                    COALESCE(CAST(`t16`.`late` AS INT64), 0) * -1 AS `sum_dest_late_24h`
                  FROM `t15` AS `t16`
                  WHERE
                    `t16`.`_x23_at` > TIMESTAMP('2013-05-31T04:00:00+00:00')
                    AND `t16`.`_x23_at` <= TIMESTAMP('2013-07-01T04:00:00+00:00')
                    AND `t16`.`dest` IS NOT NULL
                    AND (
                      (
                        (
                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`late_known_at`, SECOND)) AS INT64) * 1000000
                        ) + CAST(EXTRACT(microsecond FROM `t16`.`late_known_at`) AS INT64)
                      ) - (
                        (
                          CAST(UNIX_SECONDS(TIMESTAMP_TRUNC(`t16`.`requested_at`, SECOND)) AS INT64) * 1000000
                        ) + CAST(EXTRACT(microsecond FROM `t16`.`requested_at`) AS INT64)
                      )
                    ) <= 172800000000
                ) AS `t61`
              ) AS `t70`
            ) AS `t80`
          ) AS `t89`
          WHERE
            `t89`.`_x23_asks` = 1
        ) AS `t113`
          ON `t148`.`dest` = `t113`.`_x23_h9k0` AND `t148`.`_x23_event_us` = `t113`.`_x23_us`
      ) AS `t149`
    ) AS `t150`
  ) AS `t151`
) AS `t152`
