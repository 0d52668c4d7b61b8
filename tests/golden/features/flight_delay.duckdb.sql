WITH "t15" AS (
  SELECT
    "t1"."carrier",
    "t1"."dest",
    "t1"."flight",
    "t1"."late",
    "t1"."late_known_at",
    "t1"."origin",
    "t1"."requested_at",
    CASE
      WHEN "t1"."late_known_at" IS NOT NULL
      THEN GREATEST("t1"."late_known_at", "t1"."requested_at" + INTERVAL '1' MICROSECOND)
      ELSE NULL
    END AS "#at"
  FROM "_labels" AS "t1"
  WHERE
    "t1"."late" IS NOT NULL
)
SELECT
  "t152"."flight_id",
  "t152"."requested_at",
  CASE
    WHEN ABS(
      CAST(EXTRACT(hour FROM "t152"."#local0") AS BIGINT) + (
        CAST(CAST(EXTRACT(minute FROM "t152"."#local0") AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
      )
    ) <= 3.4028234663852886e+38
    THEN CAST(EXTRACT(hour FROM "t152"."#local0") AS BIGINT) + (
      CAST(CAST(EXTRACT(minute FROM "t152"."#local0") AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
    )
    ELSE NULL
  END AS "dep_hour",
  CAST((
    (
      DAYOFWEEK("t152"."#local0") + 6
    ) % 7
  ) + 1 AS BIGINT) AS "dep_weekday",
  CASE
    WHEN ABS(
      CAST(EXTRACT(hour FROM "t152"."#local1") AS BIGINT) + (
        CAST(CAST(EXTRACT(minute FROM "t152"."#local1") AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
      )
    ) <= 3.4028234663852886e+38
    THEN CAST(EXTRACT(hour FROM "t152"."#local1") AS BIGINT) + (
      CAST(CAST(EXTRACT(minute FROM "t152"."#local1") AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
    )
    ELSE NULL
  END AS "arr_hour",
  CASE
    WHEN ABS(
      CAST(CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t152"."sched_arr") AS TIMESTAMP)) AS BIGINT) - CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t152"."sched_dep") AS TIMESTAMP)) AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
    ) <= 3.4028234663852886e+38
    THEN CAST(CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t152"."sched_arr") AS TIMESTAMP)) AS BIGINT) - CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t152"."sched_dep") AS TIMESTAMP)) AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
    ELSE NULL
  END AS "block_minutes",
  "t152"."carrier",
  "t152"."origin",
  "t152"."dest",
  CASE
    WHEN ABS("t152"."distance") <= 3.4028234663852886e+38
    THEN "t152"."distance"
    ELSE NULL
  END AS "distance",
  CAST(EXTRACT(year FROM "t152"."#local0") AS BIGINT) - "t152"."plane.year" AS "plane_age",
  "t152"."plane.seats" AS "plane_seats",
  "t152"."plane.manufacturer" AS "plane_maker",
  CASE
    WHEN ABS("t152"."weather.temp") <= 3.4028234663852886e+38
    THEN "t152"."weather.temp"
    ELSE NULL
  END AS "temp",
  CASE
    WHEN ABS("t152"."weather.temp" - "t152"."weather.dewp") <= 3.4028234663852886e+38
    THEN "t152"."weather.temp" - "t152"."weather.dewp"
    ELSE NULL
  END AS "dew_point_gap",
  CASE
    WHEN ABS("t152"."weather.humid") <= 3.4028234663852886e+38
    THEN "t152"."weather.humid"
    ELSE NULL
  END AS "humid",
  CASE
    WHEN ABS("t152"."weather.wind_dir") <= 3.4028234663852886e+38
    THEN "t152"."weather.wind_dir"
    ELSE NULL
  END AS "wind_dir",
  CASE
    WHEN ABS("t152"."weather.wind_speed") <= 3.4028234663852886e+38
    THEN "t152"."weather.wind_speed"
    ELSE NULL
  END AS "wind_speed",
  CASE
    WHEN ABS("t152"."weather.wind_gust") <= 3.4028234663852886e+38
    THEN "t152"."weather.wind_gust"
    ELSE NULL
  END AS "wind_gust",
  CASE
    WHEN ABS("t152"."weather.precip") <= 3.4028234663852886e+38
    THEN "t152"."weather.precip"
    ELSE NULL
  END AS "precip",
  CASE
    WHEN ABS(CASE WHEN "t152"."weather.temp" < 34 THEN "t152"."weather.precip" ELSE 0 END) <= 3.4028234663852886e+38
    THEN CASE WHEN "t152"."weather.temp" < 34 THEN "t152"."weather.precip" ELSE 0 END
    ELSE NULL
  END AS "freezing_precip",
  CASE
    WHEN ABS("t152"."weather.pressure") <= 3.4028234663852886e+38
    THEN "t152"."weather.pressure"
    ELSE NULL
  END AS "pressure",
  CASE
    WHEN ABS("t152"."weather.visib") <= 3.4028234663852886e+38
    THEN "t152"."weather.visib"
    ELSE NULL
  END AS "visib",
  CASE
    WHEN ABS("t152"."history.origin_delay_2h") <= 3.4028234663852886e+38
    THEN "t152"."history.origin_delay_2h"
    ELSE NULL
  END AS "origin_delay_2h",
  CASE
    WHEN ABS("t152"."history.origin_delayed_2h") <= 3.4028234663852886e+38
    THEN "t152"."history.origin_delayed_2h"
    ELSE NULL
  END AS "origin_delayed_2h",
  CASE
    WHEN ABS("t152"."history.city_delay_2h") <= 3.4028234663852886e+38
    THEN "t152"."history.city_delay_2h"
    ELSE NULL
  END AS "city_delay_2h",
  CASE
    WHEN ABS("t152"."history.carrier_here_4h") <= 3.4028234663852886e+38
    THEN "t152"."history.carrier_here_4h"
    ELSE NULL
  END AS "carrier_here_4h",
  CASE
    WHEN ABS("t152"."history.plane_delay_12h") <= 3.4028234663852886e+38
    THEN "t152"."history.plane_delay_12h"
    ELSE NULL
  END AS "plane_delay_12h",
  CASE
    WHEN ABS("t152"."history.plane_landed_12h") <= 3.4028234663852886e+38
    THEN "t152"."history.plane_landed_12h"
    ELSE NULL
  END AS "plane_landed_12h",
  CASE
    WHEN ABS("t152"."history.origin_late_3h") <= 3.4028234663852886e+38
    THEN "t152"."history.origin_late_3h"
    ELSE NULL
  END AS "origin_late_3h",
  CASE
    WHEN ABS("t152"."history.carrier_late_6h") <= 3.4028234663852886e+38
    THEN "t152"."history.carrier_late_6h"
    ELSE NULL
  END AS "carrier_late_6h",
  CASE
    WHEN ABS("t152"."history.carrier_late_7d") <= 3.4028234663852886e+38
    THEN "t152"."history.carrier_late_7d"
    ELSE NULL
  END AS "carrier_late_7d",
  CASE
    WHEN ABS("t152"."history.number_late_21d") <= 3.4028234663852886e+38
    THEN "t152"."history.number_late_21d"
    ELSE NULL
  END AS "number_late_21d",
  CASE
    WHEN ABS("t152"."history.dest_late_24h") <= 3.4028234663852886e+38
    THEN "t152"."history.dest_late_24h"
    ELSE NULL
  END AS "dest_late_24h",
  "t152"."late",
  "t152"."late_known_at" AS "label_known_at",
  "t152"."weather__known_at",
  "t152"."history__0__at",
  "t152"."history__1__at",
  "t152"."history__2__at",
  "t152"."history__3__at",
  "t152"."history__4__at",
  "t152"."history__5__at",
  "t152"."history__6__at",
  "t152"."history__7__at",
  "t152"."history__8__at",
  "t152"."history__9__at"
FROM (
  SELECT
    "t151"."flight_id",
    "t151"."requested_at",
    "t151"."sched_dep",
    "t151"."sched_arr",
    "t151"."flight",
    "t151"."carrier",
    "t151"."origin",
    "t151"."dest",
    "t151"."tailnum",
    "t151"."distance",
    "t151"."late",
    "t151"."late_known_at",
    "t151"."weather__known_at",
    "t151"."weather.temp",
    "t151"."weather.dewp",
    "t151"."weather.humid",
    "t151"."weather.wind_dir",
    "t151"."weather.wind_speed",
    "t151"."weather.wind_gust",
    "t151"."weather.precip",
    "t151"."weather.pressure",
    "t151"."weather.visib",
    "t151"."plane.year",
    "t151"."plane.seats",
    "t151"."plane.manufacturer",
    "t151"."#event_us",
    "t151"."history.origin_delay_2h",
    "t151"."history.origin_delayed_2h",
    "t151"."history__0__at",
    "t151"."history.city_delay_2h",
    "t151"."history__1__at",
    "t151"."history.carrier_here_4h",
    "t151"."history__2__at",
    "t151"."history.plane_delay_12h",
    "t151"."history__3__at",
    "t151"."history.plane_landed_12h",
    "t151"."history__4__at",
    "t151"."history.origin_late_3h",
    "t151"."history__5__at",
    "t151"."history.carrier_late_6h",
    "t151"."history__6__at",
    "t151"."history.carrier_late_7d",
    "t151"."history__7__at",
    "t151"."history.number_late_21d",
    "t151"."history__8__at",
    "t151"."history.dest_late_24h",
    "t151"."history__9__at",
    CAST(TO_TIMESTAMP(
      "t151"."#local0" + CASE
        WHEN "t151"."#local0" < 1414908000
        THEN CASE
          WHEN "t151"."#local0" < 702457200
          THEN CASE
            WHEN "t151"."#local0" < 341388000
            THEN CASE
              WHEN "t151"."#local0" < 162370800
              THEN CASE
                WHEN "t151"."#local0" < 73465200
                THEN CASE
                  WHEN "t151"."#local0" < 25682400
                  THEN CASE WHEN "t151"."#local0" < 9961200 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 41410800
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 57736800 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 120636000
                  THEN CASE
                    WHEN "t151"."#local0" < 89186400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 104914800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 126687600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 152085600 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local0" < 247039200
                THEN CASE
                  WHEN "t151"."#local0" < 199263600
                  THEN CASE WHEN "t151"."#local0" < 183535200 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 215589600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 230713200 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 294217200
                  THEN CASE
                    WHEN "t151"."#local0" < 262767600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 278488800 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 309938400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 325666800 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t151"."#local0" < 514969200
              THEN CASE
                WHEN "t151"."#local0" < 420015600
                THEN CASE
                  WHEN "t151"."#local0" < 372837600
                  THEN CASE WHEN "t151"."#local0" < 357116400 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 388566000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 404892000 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 467791200
                  THEN CASE
                    WHEN "t151"."#local0" < 436341600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 452070000 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 483519600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 499240800 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local0" < 607503600
                THEN CASE
                  WHEN "t151"."#local0" < 562140000
                  THEN CASE
                    WHEN "t151"."#local0" < 530690400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 544604400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 576054000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 594194400 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 657093600
                  THEN CASE
                    WHEN "t151"."#local0" < 625644000
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 638953200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 671007600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 688543200 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN "t151"."#local0" < 1049612400
            THEN CASE
              WHEN "t151"."#local0" < 877845600
              THEN CASE
                WHEN "t151"."#local0" < 783496800
                THEN CASE
                  WHEN "t151"."#local0" < 733906800
                  THEN CASE WHEN "t151"."#local0" < 719992800 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 752047200
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 765356400 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 828860400
                  THEN CASE
                    WHEN "t151"."#local0" < 796806000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 814946400 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 846396000
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 860310000 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local0" < 954658800
                THEN CASE
                  WHEN "t151"."#local0" < 909295200
                  THEN CASE WHEN "t151"."#local0" < 891759600 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 923209200
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 941349600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 1004248800
                  THEN CASE
                    WHEN "t151"."#local0" < 972799200
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 986108400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1018162800
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 1035698400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t151"."#local0" < 1225605600
              THEN CASE
                WHEN "t151"."#local0" < 1130652000
                THEN CASE
                  WHEN "t151"."#local0" < 1081062000
                  THEN CASE WHEN "t151"."#local0" < 1067148000 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1099202400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 1112511600 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 1173596400
                  THEN CASE
                    WHEN "t151"."#local0" < 1143961200
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 1162101600 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1194156000
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 1205046000 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local0" < 1320559200
                THEN CASE
                  WHEN "t151"."#local0" < 1268550000
                  THEN CASE
                    WHEN "t151"."#local0" < 1236495600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 1257055200 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1289109600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 1299999600 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 1362898800
                  THEN CASE
                    WHEN "t151"."#local0" < 1331449200
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 1352008800 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1383458400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 1394348400 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
          END
        END
        ELSE CASE
          WHEN "t151"."#local0" < 2120108400
          THEN CASE
            WHEN "t151"."#local0" < 1762063200
            THEN CASE
              WHEN "t151"."#local0" < 1583650800
              THEN CASE
                WHEN "t151"."#local0" < 1489302000
                THEN CASE
                  WHEN "t151"."#local0" < 1446357600
                  THEN CASE WHEN "t151"."#local0" < 1425798000 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1457852400
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 1478412000 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 1541311200
                  THEN CASE
                    WHEN "t151"."#local0" < 1509861600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 1520751600 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1552201200
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 1572760800 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local0" < 1667714400
                THEN CASE
                  WHEN "t151"."#local0" < 1615705200
                  THEN CASE WHEN "t151"."#local0" < 1604210400 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1636264800
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 1647154800 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 1710054000
                  THEN CASE
                    WHEN "t151"."#local0" < 1678604400
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 1699164000 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1730613600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 1741503600 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t151"."#local0" < 1930806000
              THEN CASE
                WHEN "t151"."#local0" < 1836457200
                THEN CASE
                  WHEN "t151"."#local0" < 1793512800
                  THEN CASE WHEN "t151"."#local0" < 1772953200 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1805007600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 1825567200 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 1888466400
                  THEN CASE
                    WHEN "t151"."#local0" < 1857016800
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 1867906800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1899356400
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 1919916000 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local0" < 2025759600
                THEN CASE
                  WHEN "t151"."#local0" < 1983420000
                  THEN CASE
                    WHEN "t151"."#local0" < 1951365600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 1962860400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 1994310000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 2014869600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 2077768800
                  THEN CASE
                    WHEN "t151"."#local0" < 2046319200
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 2057209200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 2088658800
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 2109218400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN "t151"."#local0" < 2487823200
            THEN CASE
              WHEN "t151"."#local0" < 2298520800
              THEN CASE
                WHEN "t151"."#local0" < 2204172000
                THEN CASE
                  WHEN "t151"."#local0" < 2152162800
                  THEN CASE WHEN "t151"."#local0" < 2140668000 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 2172722400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 2183612400 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 2246511600
                  THEN CASE
                    WHEN "t151"."#local0" < 2215062000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 2235621600 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 2267071200
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 2277961200 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local0" < 2393474400
                THEN CASE
                  WHEN "t151"."#local0" < 2341465200
                  THEN CASE
                    WHEN "t151"."#local0" < 2309410800
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 2329970400 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 2362024800
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 2372914800 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 2435814000
                  THEN CASE
                    WHEN "t151"."#local0" < 2404364400
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 2424924000 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 2456373600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 2467263600 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t151"."#local0" < 2656566000
              THEN CASE
                WHEN "t151"."#local0" < 2562217200
                THEN CASE
                  WHEN "t151"."#local0" < 2519877600
                  THEN CASE WHEN "t151"."#local0" < 2499318000 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local0" < 2530767600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 2551327200 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 2614226400
                  THEN CASE
                    WHEN "t151"."#local0" < 2582776800
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 2593666800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 2625116400
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 2645676000 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local0" < 2751519600
                THEN CASE
                  WHEN "t151"."#local0" < 2709180000
                  THEN CASE
                    WHEN "t151"."#local0" < 2677125600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 2688620400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 2720070000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 2740629600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local0" < 2803528800
                  THEN CASE
                    WHEN "t151"."#local0" < 2772079200
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local0" < 2782969200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local0" < 2814418800
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local0" < 2834978400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
        END
      END
    ) AS TIMESTAMP(6)) AS "#local0",
    CAST(TO_TIMESTAMP(
      "t151"."#local1" + CASE
        WHEN "t151"."#local1" < 1414908000
        THEN CASE
          WHEN "t151"."#local1" < 702457200
          THEN CASE
            WHEN "t151"."#local1" < 341388000
            THEN CASE
              WHEN "t151"."#local1" < 162370800
              THEN CASE
                WHEN "t151"."#local1" < 73465200
                THEN CASE
                  WHEN "t151"."#local1" < 25682400
                  THEN CASE WHEN "t151"."#local1" < 9961200 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 41410800
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 57736800 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 120636000
                  THEN CASE
                    WHEN "t151"."#local1" < 89186400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 104914800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 126687600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 152085600 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local1" < 247039200
                THEN CASE
                  WHEN "t151"."#local1" < 199263600
                  THEN CASE WHEN "t151"."#local1" < 183535200 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 215589600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 230713200 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 294217200
                  THEN CASE
                    WHEN "t151"."#local1" < 262767600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 278488800 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 309938400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 325666800 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t151"."#local1" < 514969200
              THEN CASE
                WHEN "t151"."#local1" < 420015600
                THEN CASE
                  WHEN "t151"."#local1" < 372837600
                  THEN CASE WHEN "t151"."#local1" < 357116400 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 388566000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 404892000 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 467791200
                  THEN CASE
                    WHEN "t151"."#local1" < 436341600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 452070000 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 483519600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 499240800 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local1" < 607503600
                THEN CASE
                  WHEN "t151"."#local1" < 562140000
                  THEN CASE
                    WHEN "t151"."#local1" < 530690400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 544604400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 576054000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 594194400 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 657093600
                  THEN CASE
                    WHEN "t151"."#local1" < 625644000
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 638953200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 671007600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 688543200 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN "t151"."#local1" < 1049612400
            THEN CASE
              WHEN "t151"."#local1" < 877845600
              THEN CASE
                WHEN "t151"."#local1" < 783496800
                THEN CASE
                  WHEN "t151"."#local1" < 733906800
                  THEN CASE WHEN "t151"."#local1" < 719992800 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 752047200
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 765356400 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 828860400
                  THEN CASE
                    WHEN "t151"."#local1" < 796806000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 814946400 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 846396000
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 860310000 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local1" < 954658800
                THEN CASE
                  WHEN "t151"."#local1" < 909295200
                  THEN CASE WHEN "t151"."#local1" < 891759600 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 923209200
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 941349600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 1004248800
                  THEN CASE
                    WHEN "t151"."#local1" < 972799200
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 986108400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1018162800
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 1035698400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t151"."#local1" < 1225605600
              THEN CASE
                WHEN "t151"."#local1" < 1130652000
                THEN CASE
                  WHEN "t151"."#local1" < 1081062000
                  THEN CASE WHEN "t151"."#local1" < 1067148000 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1099202400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 1112511600 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 1173596400
                  THEN CASE
                    WHEN "t151"."#local1" < 1143961200
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 1162101600 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1194156000
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 1205046000 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local1" < 1320559200
                THEN CASE
                  WHEN "t151"."#local1" < 1268550000
                  THEN CASE
                    WHEN "t151"."#local1" < 1236495600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 1257055200 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1289109600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 1299999600 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 1362898800
                  THEN CASE
                    WHEN "t151"."#local1" < 1331449200
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 1352008800 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1383458400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 1394348400 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
          END
        END
        ELSE CASE
          WHEN "t151"."#local1" < 2120108400
          THEN CASE
            WHEN "t151"."#local1" < 1762063200
            THEN CASE
              WHEN "t151"."#local1" < 1583650800
              THEN CASE
                WHEN "t151"."#local1" < 1489302000
                THEN CASE
                  WHEN "t151"."#local1" < 1446357600
                  THEN CASE WHEN "t151"."#local1" < 1425798000 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1457852400
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 1478412000 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 1541311200
                  THEN CASE
                    WHEN "t151"."#local1" < 1509861600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 1520751600 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1552201200
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 1572760800 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local1" < 1667714400
                THEN CASE
                  WHEN "t151"."#local1" < 1615705200
                  THEN CASE WHEN "t151"."#local1" < 1604210400 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1636264800
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 1647154800 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 1710054000
                  THEN CASE
                    WHEN "t151"."#local1" < 1678604400
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 1699164000 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1730613600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 1741503600 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t151"."#local1" < 1930806000
              THEN CASE
                WHEN "t151"."#local1" < 1836457200
                THEN CASE
                  WHEN "t151"."#local1" < 1793512800
                  THEN CASE WHEN "t151"."#local1" < 1772953200 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1805007600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 1825567200 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 1888466400
                  THEN CASE
                    WHEN "t151"."#local1" < 1857016800
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 1867906800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1899356400
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 1919916000 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local1" < 2025759600
                THEN CASE
                  WHEN "t151"."#local1" < 1983420000
                  THEN CASE
                    WHEN "t151"."#local1" < 1951365600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 1962860400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 1994310000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 2014869600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 2077768800
                  THEN CASE
                    WHEN "t151"."#local1" < 2046319200
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 2057209200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 2088658800
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 2109218400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN "t151"."#local1" < 2487823200
            THEN CASE
              WHEN "t151"."#local1" < 2298520800
              THEN CASE
                WHEN "t151"."#local1" < 2204172000
                THEN CASE
                  WHEN "t151"."#local1" < 2152162800
                  THEN CASE WHEN "t151"."#local1" < 2140668000 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 2172722400
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 2183612400 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 2246511600
                  THEN CASE
                    WHEN "t151"."#local1" < 2215062000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 2235621600 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 2267071200
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 2277961200 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local1" < 2393474400
                THEN CASE
                  WHEN "t151"."#local1" < 2341465200
                  THEN CASE
                    WHEN "t151"."#local1" < 2309410800
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 2329970400 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 2362024800
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 2372914800 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 2435814000
                  THEN CASE
                    WHEN "t151"."#local1" < 2404364400
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 2424924000 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 2456373600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 2467263600 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t151"."#local1" < 2656566000
              THEN CASE
                WHEN "t151"."#local1" < 2562217200
                THEN CASE
                  WHEN "t151"."#local1" < 2519877600
                  THEN CASE WHEN "t151"."#local1" < 2499318000 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t151"."#local1" < 2530767600
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 2551327200 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 2614226400
                  THEN CASE
                    WHEN "t151"."#local1" < 2582776800
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 2593666800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 2625116400
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 2645676000 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t151"."#local1" < 2751519600
                THEN CASE
                  WHEN "t151"."#local1" < 2709180000
                  THEN CASE
                    WHEN "t151"."#local1" < 2677125600
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 2688620400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 2720070000
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 2740629600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t151"."#local1" < 2803528800
                  THEN CASE
                    WHEN "t151"."#local1" < 2772079200
                    THEN -14400
                    ELSE CASE WHEN "t151"."#local1" < 2782969200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t151"."#local1" < 2814418800
                    THEN -18000
                    ELSE CASE WHEN "t151"."#local1" < 2834978400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
        END
      END
    ) AS TIMESTAMP(6)) AS "#local1"
  FROM (
    SELECT
      "t150"."flight_id",
      "t150"."requested_at",
      "t150"."sched_dep",
      "t150"."sched_arr",
      "t150"."flight",
      "t150"."carrier",
      "t150"."origin",
      "t150"."dest",
      "t150"."tailnum",
      "t150"."distance",
      "t150"."late",
      "t150"."late_known_at",
      "t150"."weather__known_at",
      "t150"."weather.temp",
      "t150"."weather.dewp",
      "t150"."weather.humid",
      "t150"."weather.wind_dir",
      "t150"."weather.wind_speed",
      "t150"."weather.wind_gust",
      "t150"."weather.precip",
      "t150"."weather.pressure",
      "t150"."weather.visib",
      "t150"."plane.year",
      "t150"."plane.seats",
      "t150"."plane.manufacturer",
      "t150"."#event_us",
      "t150"."history.origin_delay_2h",
      "t150"."history.origin_delayed_2h",
      "t150"."history__0__at",
      "t150"."history.city_delay_2h",
      "t150"."history__1__at",
      "t150"."history.carrier_here_4h",
      "t150"."history__2__at",
      "t150"."history.plane_delay_12h",
      "t150"."history__3__at",
      "t150"."history.plane_landed_12h",
      "t150"."history__4__at",
      "t150"."history.origin_late_3h",
      "t150"."history__5__at",
      "t150"."history.carrier_late_6h",
      "t150"."history__6__at",
      "t150"."history.carrier_late_7d",
      "t150"."history__7__at",
      "t150"."history.number_late_21d",
      "t150"."history__8__at",
      "t150"."history.dest_late_24h",
      "t150"."history__9__at",
      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t150"."sched_dep") AS TIMESTAMP)) AS BIGINT) AS "#local0",
      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t150"."sched_arr") AS TIMESTAMP)) AS BIGINT) AS "#local1"
    FROM (
      SELECT
        "t149".*
        EXCLUDE ("#h9k0", "#us")
      FROM (
        SELECT
          "t148"."flight_id",
          "t148"."requested_at",
          "t148"."sched_dep",
          "t148"."sched_arr",
          "t148"."flight",
          "t148"."carrier",
          "t148"."origin",
          "t148"."dest",
          "t148"."tailnum",
          "t148"."distance",
          "t148"."late",
          "t148"."late_known_at",
          "t148"."weather__known_at",
          "t148"."weather.temp",
          "t148"."weather.dewp",
          "t148"."weather.humid",
          "t148"."weather.wind_dir",
          "t148"."weather.wind_speed",
          "t148"."weather.wind_gust",
          "t148"."weather.precip",
          "t148"."weather.pressure",
          "t148"."weather.visib",
          "t148"."plane.year",
          "t148"."plane.seats",
          "t148"."plane.manufacturer",
          "t148"."#event_us",
          "t148"."history.origin_delay_2h",
          "t148"."history.origin_delayed_2h",
          "t148"."history__0__at",
          "t148"."history.city_delay_2h",
          "t148"."history__1__at",
          "t148"."history.carrier_here_4h",
          "t148"."history__2__at",
          "t148"."history.plane_delay_12h",
          "t148"."history__3__at",
          "t148"."history.plane_landed_12h",
          "t148"."history__4__at",
          "t148"."history.origin_late_3h",
          "t148"."history__5__at",
          "t148"."history.carrier_late_6h",
          "t148"."history__6__at",
          "t148"."history.carrier_late_7d",
          "t148"."history__7__at",
          "t148"."history.number_late_21d",
          "t148"."history__8__at",
          "t113"."#h9k0",
          "t113"."#us",
          "t113"."history.dest_late_24h",
          "t113"."history__9__at"
        FROM (
          SELECT
            "t146".*
            EXCLUDE ("#h8k0", "#h8k1", "#us")
          FROM (
            SELECT
              "t145"."flight_id",
              "t145"."requested_at",
              "t145"."sched_dep",
              "t145"."sched_arr",
              "t145"."flight",
              "t145"."carrier",
              "t145"."origin",
              "t145"."dest",
              "t145"."tailnum",
              "t145"."distance",
              "t145"."late",
              "t145"."late_known_at",
              "t145"."weather__known_at",
              "t145"."weather.temp",
              "t145"."weather.dewp",
              "t145"."weather.humid",
              "t145"."weather.wind_dir",
              "t145"."weather.wind_speed",
              "t145"."weather.wind_gust",
              "t145"."weather.precip",
              "t145"."weather.pressure",
              "t145"."weather.visib",
              "t145"."plane.year",
              "t145"."plane.seats",
              "t145"."plane.manufacturer",
              "t145"."#event_us",
              "t145"."history.origin_delay_2h",
              "t145"."history.origin_delayed_2h",
              "t145"."history__0__at",
              "t145"."history.city_delay_2h",
              "t145"."history__1__at",
              "t145"."history.carrier_here_4h",
              "t145"."history__2__at",
              "t145"."history.plane_delay_12h",
              "t145"."history__3__at",
              "t145"."history.plane_landed_12h",
              "t145"."history__4__at",
              "t145"."history.origin_late_3h",
              "t145"."history__5__at",
              "t145"."history.carrier_late_6h",
              "t145"."history__6__at",
              "t145"."history.carrier_late_7d",
              "t145"."history__7__at",
              "t114"."#h8k0",
              "t114"."#h8k1",
              "t114"."#us",
              "t114"."history.number_late_21d",
              "t114"."history__8__at"
            FROM (
              SELECT
                "t143".*
                EXCLUDE ("#h7k0", "#us")
              FROM (
                SELECT
                  "t142"."flight_id",
                  "t142"."requested_at",
                  "t142"."sched_dep",
                  "t142"."sched_arr",
                  "t142"."flight",
                  "t142"."carrier",
                  "t142"."origin",
                  "t142"."dest",
                  "t142"."tailnum",
                  "t142"."distance",
                  "t142"."late",
                  "t142"."late_known_at",
                  "t142"."weather__known_at",
                  "t142"."weather.temp",
                  "t142"."weather.dewp",
                  "t142"."weather.humid",
                  "t142"."weather.wind_dir",
                  "t142"."weather.wind_speed",
                  "t142"."weather.wind_gust",
                  "t142"."weather.precip",
                  "t142"."weather.pressure",
                  "t142"."weather.visib",
                  "t142"."plane.year",
                  "t142"."plane.seats",
                  "t142"."plane.manufacturer",
                  "t142"."#event_us",
                  "t142"."history.origin_delay_2h",
                  "t142"."history.origin_delayed_2h",
                  "t142"."history__0__at",
                  "t142"."history.city_delay_2h",
                  "t142"."history__1__at",
                  "t142"."history.carrier_here_4h",
                  "t142"."history__2__at",
                  "t142"."history.plane_delay_12h",
                  "t142"."history__3__at",
                  "t142"."history.plane_landed_12h",
                  "t142"."history__4__at",
                  "t142"."history.origin_late_3h",
                  "t142"."history__5__at",
                  "t142"."history.carrier_late_6h",
                  "t142"."history__6__at",
                  "t115"."#h7k0",
                  "t115"."#us",
                  "t115"."history.carrier_late_7d",
                  "t115"."history__7__at"
                FROM (
                  SELECT
                    "t140".*
                    EXCLUDE ("#h6k0", "#us")
                  FROM (
                    SELECT
                      "t139"."flight_id",
                      "t139"."requested_at",
                      "t139"."sched_dep",
                      "t139"."sched_arr",
                      "t139"."flight",
                      "t139"."carrier",
                      "t139"."origin",
                      "t139"."dest",
                      "t139"."tailnum",
                      "t139"."distance",
                      "t139"."late",
                      "t139"."late_known_at",
                      "t139"."weather__known_at",
                      "t139"."weather.temp",
                      "t139"."weather.dewp",
                      "t139"."weather.humid",
                      "t139"."weather.wind_dir",
                      "t139"."weather.wind_speed",
                      "t139"."weather.wind_gust",
                      "t139"."weather.precip",
                      "t139"."weather.pressure",
                      "t139"."weather.visib",
                      "t139"."plane.year",
                      "t139"."plane.seats",
                      "t139"."plane.manufacturer",
                      "t139"."#event_us",
                      "t139"."history.origin_delay_2h",
                      "t139"."history.origin_delayed_2h",
                      "t139"."history__0__at",
                      "t139"."history.city_delay_2h",
                      "t139"."history__1__at",
                      "t139"."history.carrier_here_4h",
                      "t139"."history__2__at",
                      "t139"."history.plane_delay_12h",
                      "t139"."history__3__at",
                      "t139"."history.plane_landed_12h",
                      "t139"."history__4__at",
                      "t139"."history.origin_late_3h",
                      "t139"."history__5__at",
                      "t116"."#h6k0",
                      "t116"."#us",
                      "t116"."history.carrier_late_6h",
                      "t116"."history__6__at"
                    FROM (
                      SELECT
                        "t137".*
                        EXCLUDE ("#h5k0", "#us")
                      FROM (
                        SELECT
                          "t136"."flight_id",
                          "t136"."requested_at",
                          "t136"."sched_dep",
                          "t136"."sched_arr",
                          "t136"."flight",
                          "t136"."carrier",
                          "t136"."origin",
                          "t136"."dest",
                          "t136"."tailnum",
                          "t136"."distance",
                          "t136"."late",
                          "t136"."late_known_at",
                          "t136"."weather__known_at",
                          "t136"."weather.temp",
                          "t136"."weather.dewp",
                          "t136"."weather.humid",
                          "t136"."weather.wind_dir",
                          "t136"."weather.wind_speed",
                          "t136"."weather.wind_gust",
                          "t136"."weather.precip",
                          "t136"."weather.pressure",
                          "t136"."weather.visib",
                          "t136"."plane.year",
                          "t136"."plane.seats",
                          "t136"."plane.manufacturer",
                          "t136"."#event_us",
                          "t136"."history.origin_delay_2h",
                          "t136"."history.origin_delayed_2h",
                          "t136"."history__0__at",
                          "t136"."history.city_delay_2h",
                          "t136"."history__1__at",
                          "t136"."history.carrier_here_4h",
                          "t136"."history__2__at",
                          "t136"."history.plane_delay_12h",
                          "t136"."history__3__at",
                          "t136"."history.plane_landed_12h",
                          "t136"."history__4__at",
                          "t117"."#h5k0",
                          "t117"."#us",
                          "t117"."history.origin_late_3h",
                          "t117"."history__5__at"
                        FROM (
                          SELECT
                            "t134".*
                            EXCLUDE ("#h4k0", "#us")
                          FROM (
                            SELECT
                              "t133"."flight_id",
                              "t133"."requested_at",
                              "t133"."sched_dep",
                              "t133"."sched_arr",
                              "t133"."flight",
                              "t133"."carrier",
                              "t133"."origin",
                              "t133"."dest",
                              "t133"."tailnum",
                              "t133"."distance",
                              "t133"."late",
                              "t133"."late_known_at",
                              "t133"."weather__known_at",
                              "t133"."weather.temp",
                              "t133"."weather.dewp",
                              "t133"."weather.humid",
                              "t133"."weather.wind_dir",
                              "t133"."weather.wind_speed",
                              "t133"."weather.wind_gust",
                              "t133"."weather.precip",
                              "t133"."weather.pressure",
                              "t133"."weather.visib",
                              "t133"."plane.year",
                              "t133"."plane.seats",
                              "t133"."plane.manufacturer",
                              "t133"."#event_us",
                              "t133"."history.origin_delay_2h",
                              "t133"."history.origin_delayed_2h",
                              "t133"."history__0__at",
                              "t133"."history.city_delay_2h",
                              "t133"."history__1__at",
                              "t133"."history.carrier_here_4h",
                              "t133"."history__2__at",
                              "t133"."history.plane_delay_12h",
                              "t133"."history__3__at",
                              "t99"."#h4k0",
                              "t99"."#us",
                              "t99"."history.plane_landed_12h",
                              "t99"."history__4__at"
                            FROM (
                              SELECT
                                "t131".*
                                EXCLUDE ("#h3k0", "#us")
                              FROM (
                                SELECT
                                  "t130"."flight_id",
                                  "t130"."requested_at",
                                  "t130"."sched_dep",
                                  "t130"."sched_arr",
                                  "t130"."flight",
                                  "t130"."carrier",
                                  "t130"."origin",
                                  "t130"."dest",
                                  "t130"."tailnum",
                                  "t130"."distance",
                                  "t130"."late",
                                  "t130"."late_known_at",
                                  "t130"."weather__known_at",
                                  "t130"."weather.temp",
                                  "t130"."weather.dewp",
                                  "t130"."weather.humid",
                                  "t130"."weather.wind_dir",
                                  "t130"."weather.wind_speed",
                                  "t130"."weather.wind_gust",
                                  "t130"."weather.precip",
                                  "t130"."weather.pressure",
                                  "t130"."weather.visib",
                                  "t130"."plane.year",
                                  "t130"."plane.seats",
                                  "t130"."plane.manufacturer",
                                  "t130"."#event_us",
                                  "t130"."history.origin_delay_2h",
                                  "t130"."history.origin_delayed_2h",
                                  "t130"."history__0__at",
                                  "t130"."history.city_delay_2h",
                                  "t130"."history__1__at",
                                  "t130"."history.carrier_here_4h",
                                  "t130"."history__2__at",
                                  "t100"."#h3k0",
                                  "t100"."#us",
                                  "t100"."history.plane_delay_12h",
                                  "t100"."history__3__at"
                                FROM (
                                  SELECT
                                    "t128".*
                                    EXCLUDE ("#h2k0", "#h2k1", "#us")
                                  FROM (
                                    SELECT
                                      "t127"."flight_id",
                                      "t127"."requested_at",
                                      "t127"."sched_dep",
                                      "t127"."sched_arr",
                                      "t127"."flight",
                                      "t127"."carrier",
                                      "t127"."origin",
                                      "t127"."dest",
                                      "t127"."tailnum",
                                      "t127"."distance",
                                      "t127"."late",
                                      "t127"."late_known_at",
                                      "t127"."weather__known_at",
                                      "t127"."weather.temp",
                                      "t127"."weather.dewp",
                                      "t127"."weather.humid",
                                      "t127"."weather.wind_dir",
                                      "t127"."weather.wind_speed",
                                      "t127"."weather.wind_gust",
                                      "t127"."weather.precip",
                                      "t127"."weather.pressure",
                                      "t127"."weather.visib",
                                      "t127"."plane.year",
                                      "t127"."plane.seats",
                                      "t127"."plane.manufacturer",
                                      "t127"."#event_us",
                                      "t127"."history.origin_delay_2h",
                                      "t127"."history.origin_delayed_2h",
                                      "t127"."history__0__at",
                                      "t127"."history.city_delay_2h",
                                      "t127"."history__1__at",
                                      "t101"."#h2k0",
                                      "t101"."#h2k1",
                                      "t101"."#us",
                                      "t101"."history.carrier_here_4h",
                                      "t101"."history__2__at"
                                    FROM (
                                      SELECT
                                        "t125".*
                                        EXCLUDE ("#us")
                                      FROM (
                                        SELECT
                                          "t124"."flight_id",
                                          "t124"."requested_at",
                                          "t124"."sched_dep",
                                          "t124"."sched_arr",
                                          "t124"."flight",
                                          "t124"."carrier",
                                          "t124"."origin",
                                          "t124"."dest",
                                          "t124"."tailnum",
                                          "t124"."distance",
                                          "t124"."late",
                                          "t124"."late_known_at",
                                          "t124"."weather__known_at",
                                          "t124"."weather.temp",
                                          "t124"."weather.dewp",
                                          "t124"."weather.humid",
                                          "t124"."weather.wind_dir",
                                          "t124"."weather.wind_speed",
                                          "t124"."weather.wind_gust",
                                          "t124"."weather.precip",
                                          "t124"."weather.pressure",
                                          "t124"."weather.visib",
                                          "t124"."plane.year",
                                          "t124"."plane.seats",
                                          "t124"."plane.manufacturer",
                                          "t124"."#event_us",
                                          "t124"."history.origin_delay_2h",
                                          "t124"."history.origin_delayed_2h",
                                          "t124"."history__0__at",
                                          "t102"."#us",
                                          "t102"."history.city_delay_2h",
                                          "t102"."history__1__at"
                                        FROM (
                                          SELECT
                                            "t122".*
                                            EXCLUDE ("#h0k0", "#us")
                                          FROM (
                                            SELECT
                                              "t121"."flight_id",
                                              "t121"."requested_at",
                                              "t121"."sched_dep",
                                              "t121"."sched_arr",
                                              "t121"."flight",
                                              "t121"."carrier",
                                              "t121"."origin",
                                              "t121"."dest",
                                              "t121"."tailnum",
                                              "t121"."distance",
                                              "t121"."late",
                                              "t121"."late_known_at",
                                              "t121"."weather__known_at",
                                              "t121"."weather.temp",
                                              "t121"."weather.dewp",
                                              "t121"."weather.humid",
                                              "t121"."weather.wind_dir",
                                              "t121"."weather.wind_speed",
                                              "t121"."weather.wind_gust",
                                              "t121"."weather.precip",
                                              "t121"."weather.pressure",
                                              "t121"."weather.visib",
                                              "t121"."plane.year",
                                              "t121"."plane.seats",
                                              "t121"."plane.manufacturer",
                                              "t121"."#event_us",
                                              "t105"."#h0k0",
                                              "t105"."#us",
                                              "t105"."history.origin_delay_2h",
                                              "t105"."history.origin_delayed_2h",
                                              "t105"."history__0__at"
                                            FROM (
                                              SELECT
                                                "t119"."flight_id",
                                                "t119"."requested_at",
                                                "t119"."sched_dep",
                                                "t119"."sched_arr",
                                                "t119"."flight",
                                                "t119"."carrier",
                                                "t119"."origin",
                                                "t119"."dest",
                                                "t119"."tailnum",
                                                "t119"."distance",
                                                "t119"."late",
                                                "t119"."late_known_at",
                                                "t119"."weather__known_at",
                                                "t119"."weather.temp",
                                                "t119"."weather.dewp",
                                                "t119"."weather.humid",
                                                "t119"."weather.wind_dir",
                                                "t119"."weather.wind_speed",
                                                "t119"."weather.wind_gust",
                                                "t119"."weather.precip",
                                                "t119"."weather.pressure",
                                                "t119"."weather.visib",
                                                "t119"."plane.year",
                                                "t119"."plane.seats",
                                                "t119"."plane.manufacturer",
                                                (
                                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t119"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                ) + CAST(EXTRACT('MICROSECOND' FROM "t119"."requested_at") % 1000000 AS BIGINT) AS "#event_us"
                                              FROM (
                                                SELECT
                                                  "t118".*
                                                  EXCLUDE ("plane#tailnum")
                                                FROM (
                                                  SELECT
                                                    "t107"."flight_id",
                                                    "t107"."requested_at",
                                                    "t107"."sched_dep",
                                                    "t107"."sched_arr",
                                                    "t107"."flight",
                                                    "t107"."carrier",
                                                    "t107"."origin",
                                                    "t107"."dest",
                                                    "t107"."tailnum",
                                                    "t107"."distance",
                                                    "t107"."late",
                                                    "t107"."late_known_at",
                                                    "t107"."weather__known_at",
                                                    "t107"."weather.temp",
                                                    "t107"."weather.dewp",
                                                    "t107"."weather.humid",
                                                    "t107"."weather.wind_dir",
                                                    "t107"."weather.wind_speed",
                                                    "t107"."weather.wind_gust",
                                                    "t107"."weather.precip",
                                                    "t107"."weather.pressure",
                                                    "t107"."weather.visib",
                                                    "t12"."plane#tailnum",
                                                    "t12"."plane.year",
                                                    "t12"."plane.seats",
                                                    "t12"."plane.manufacturer"
                                                  FROM (
                                                    SELECT
                                                      "t104".*
                                                      EXCLUDE ("weather#known", "weather#origin")
                                                    FROM (
                                                      SELECT
                                                        "t94"."flight_id",
                                                        "t94"."requested_at",
                                                        "t94"."sched_dep",
                                                        "t94"."sched_arr",
                                                        "t94"."flight",
                                                        "t94"."carrier",
                                                        "t94"."origin",
                                                        "t94"."dest",
                                                        "t94"."tailnum",
                                                        "t94"."distance",
                                                        "t94"."late",
                                                        "t94"."late_known_at",
                                                        "t94"."weather__known_at",
                                                        "t13"."weather#origin",
                                                        "t13"."weather.temp",
                                                        "t13"."weather.dewp",
                                                        "t13"."weather.humid",
                                                        "t13"."weather.wind_dir",
                                                        "t13"."weather.wind_speed",
                                                        "t13"."weather.wind_gust",
                                                        "t13"."weather.precip",
                                                        "t13"."weather.pressure",
                                                        "t13"."weather.visib",
                                                        "t13"."weather#known"
                                                      FROM (
                                                        SELECT
                                                          "t87".*
                                                          EXCLUDE ("weather#at", "weather#k0")
                                                        FROM (
                                                          SELECT
                                                            "t6"."flight_id",
                                                            "t6"."requested_at",
                                                            "t6"."sched_dep",
                                                            "t6"."sched_arr",
                                                            "t6"."flight",
                                                            "t6"."carrier",
                                                            "t6"."origin",
                                                            "t6"."dest",
                                                            "t6"."tailnum",
                                                            "t6"."distance",
                                                            "t6"."late",
                                                            "t6"."late_known_at",
                                                            "t85"."weather#k0",
                                                            "t85"."weather#at",
                                                            "t85"."weather__known_at"
                                                          FROM "events" AS "t6"
                                                          LEFT OUTER JOIN (
                                                            SELECT
                                                              "t33"."weather#k0",
                                                              "t33"."weather#at",
                                                              CASE
                                                                WHEN (
                                                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t33"."weather#at") AS TIMESTAMP)) AS BIGINT) - CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t33"."known") AS TIMESTAMP)) AS BIGINT)
                                                                ) <= 10800
                                                                THEN "t33"."known"
                                                                ELSE CAST(NULL AS TIMESTAMPTZ)
                                                              END AS "weather__known_at"
                                                            FROM (
                                                              SELECT
                                                                "t14"."weather#k0",
                                                                "t14"."weather#at",
                                                                MAX("t14"."known") OVER (
                                                                  PARTITION BY "t14"."weather#k0"
                                                                  ORDER BY "t14"."weather#at" ASC, "t14"."asks" ASC
                                                                  ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                                ) AS "known",
                                                                "t14"."asks"
                                                              FROM (
                                                                SELECT
                                                                  *
                                                                FROM (
                                                                  SELECT
                                                                    "t7"."weather#k0",
                                                                    "t7"."weather#at",
                                                                    CAST(NULL AS TIMESTAMPTZ) AS "known",
                                                                    1 AS "asks"
                                                                  FROM (
                                                                    SELECT DISTINCT
                                                                      "t0"."origin" AS "weather#k0",
                                                                      "t0"."requested_at" AS "weather#at"
                                                                    FROM "events" AS "t0"
                                                                  ) AS "t7"
                                                                ) AS "t11"
                                                                UNION ALL
                                                                SELECT
                                                                  *
                                                                FROM (
                                                                  SELECT
                                                                    "t5"."origin" AS "weather#k0",
                                                                    "t5"."known_at" AS "weather#at",
                                                                    "t5"."known_at" AS "known",
                                                                    0 AS "asks"
                                                                  FROM "weather" AS "t5"
                                                                  WHERE
                                                                    "t5"."origin" IS NOT NULL
                                                                    AND "t5"."known_at" < MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                                                ) AS "t10"
                                                              ) AS "t14"
                                                            ) AS "t33"
                                                            WHERE
                                                              "t33"."asks" = 1
                                                          ) AS "t85"
                                                            ON "t6"."origin" = "t85"."weather#k0" AND "t6"."requested_at" = "t85"."weather#at"
                                                        ) AS "t87"
                                                      ) AS "t94"
                                                      LEFT OUTER JOIN (
                                                        SELECT
                                                          "t5"."origin" AS "weather#origin",
                                                          "t5"."temp" AS "weather.temp",
                                                          "t5"."dewp" AS "weather.dewp",
                                                          "t5"."humid" AS "weather.humid",
                                                          "t5"."wind_dir" AS "weather.wind_dir",
                                                          "t5"."wind_speed" AS "weather.wind_speed",
                                                          "t5"."wind_gust" AS "weather.wind_gust",
                                                          "t5"."precip" AS "weather.precip",
                                                          "t5"."pressure" AS "weather.pressure",
                                                          "t5"."visib" AS "weather.visib",
                                                          "t5"."known_at" AS "weather#known"
                                                        FROM "weather" AS "t5"
                                                        WHERE
                                                          "t5"."origin" IS NOT NULL
                                                          AND "t5"."known_at" < MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                                      ) AS "t13"
                                                        ON "t94"."origin" = "t13"."weather#origin"
                                                        AND "t94"."weather__known_at" = "t13"."weather#known"
                                                    ) AS "t104"
                                                  ) AS "t107"
                                                  LEFT OUTER JOIN (
                                                    SELECT
                                                      "t4"."tailnum" AS "plane#tailnum",
                                                      "t4"."year" AS "plane.year",
                                                      "t4"."seats" AS "plane.seats",
                                                      "t4"."manufacturer" AS "plane.manufacturer"
                                                    FROM "plane" AS "t4"
                                                    WHERE
                                                      "t4"."tailnum" IS NOT NULL
                                                  ) AS "t12"
                                                    ON "t107"."tailnum" = "t12"."plane#tailnum"
                                                ) AS "t118"
                                              ) AS "t119"
                                            ) AS "t121"
                                            LEFT OUTER JOIN (
                                              SELECT
                                                "t86"."#h0k0",
                                                "t86"."#us",
                                                "t86"."value.origin_delay_2h" AS "history.origin_delay_2h",
                                                CAST("t86"."sum.origin_delayed_2h" AS DOUBLE) / CAST(NULLIF("t86"."count.origin_delayed_2h", 0) AS DOUBLE) AS "history.origin_delayed_2h",
                                                CASE
                                                  WHEN (
                                                    (
                                                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t86"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                    ) + CAST(EXTRACT('MICROSECOND' FROM "t86"."#at") % 1000000 AS BIGINT)
                                                  ) > (
                                                    "t86"."#us" - 7200000000
                                                  )
                                                  THEN "t86"."#at"
                                                  ELSE CAST(NULL AS TIMESTAMPTZ)
                                                END AS "history__0__at"
                                              FROM (
                                                SELECT
                                                  "t59"."#h0k0",
                                                  "t59"."#us",
                                                  "t59"."#asks",
                                                  MAX("t59"."#at") OVER (
                                                    PARTITION BY "t59"."#h0k0"
                                                    ORDER BY "t59"."#us" ASC, "t59"."#asks" ASC
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                  ) AS "#at",
                                                  AVG("t59"."value.origin_delay_2h") OVER (
                                                    PARTITION BY "t59"."#h0k0"
                                                    ORDER BY "t59"."#us" ASC
                                                    RANGE BETWEEN 7199999999 preceding AND CURRENT ROW
                                                  ) AS "value.origin_delay_2h",
                                                  TRY_CAST(CAST(SUM("t59"."count.origin_delayed_2h") OVER (
                                                    PARTITION BY "t59"."#h0k0"
                                                    ORDER BY "t59"."#us" ASC, "t59"."#asks" ASC
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                  ) AS DECIMAL(38, 0)) AS BIGINT) AS "count.origin_delayed_2h",
                                                  TRY_CAST(CAST(SUM("t59"."sum.origin_delayed_2h") OVER (
                                                    PARTITION BY "t59"."#h0k0"
                                                    ORDER BY "t59"."#us" ASC, "t59"."#asks" ASC
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                  ) AS DECIMAL(38, 0)) AS BIGINT) AS "sum.origin_delayed_2h"
                                                FROM (
                                                  SELECT
                                                    *
                                                  FROM (
                                                    SELECT
                                                      "t44"."#h0k0",
                                                      "t44"."#us",
                                                      1 AS "#asks",
                                                      CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                                      CAST(NULL AS DOUBLE) AS "value.origin_delay_2h",
                                                      0 AS "count.origin_delayed_2h",
                                                      0 AS "sum.origin_delayed_2h"
                                                    FROM (
                                                      SELECT DISTINCT
                                                        *
                                                      FROM (
                                                        SELECT
                                                          "t0"."origin" AS "#h0k0",
                                                          (
                                                            CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                          ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."requested_at") % 1000000 AS BIGINT) AS "#us"
                                                        FROM "events" AS "t0"
                                                      ) AS "t26"
                                                      WHERE
                                                        "t26"."#h0k0" IS NOT NULL AND "t26"."#us" IS NOT NULL
                                                    ) AS "t44"
                                                  ) AS "t54"
                                                  UNION ALL
                                                  SELECT
                                                    *
                                                  FROM (
                                                    SELECT
                                                      *
                                                    FROM (
                                                      SELECT
                                                        "t3"."origin" AS "#h0k0",
                                                        (
                                                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t3"."known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                        ) + CAST(EXTRACT('MICROSECOND' FROM "t3"."known_at") % 1000000 AS BIGINT) AS "#us",
                                                        0 AS "#asks",
                                                        "t3"."known_at" AS "#at",
                                                        CASE
                                                          WHEN ABS("t3"."dep_delay") <= 3.4028234663852886e+38
                                                          THEN "t3"."dep_delay"
                                                          ELSE NULL
                                                        END AS "value.origin_delay_2h",
                                                        CASE WHEN (
                                                          "t3"."dep_delay" > 15
                                                        ) IS NOT NULL THEN 1 ELSE 0 END AS "count.origin_delayed_2h",
                                                        COALESCE(CAST("t3"."dep_delay" > 15 AS BIGINT), 0) * 1 AS "sum.origin_delayed_2h"
                                                      FROM "departures" AS "t3"
                                                      WHERE
                                                        "t3"."known_at" > MAKE_TIMESTAMPTZ(2013, 6, 1, 2, 0, 0.0, 'UTC')
                                                        AND "t3"."known_at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                                        AND "t3"."origin" IS NOT NULL
                                                    ) AS "t31"
                                                    UNION ALL
                                                    SELECT
                                                      *
                                                    FROM (
                                                      SELECT
                                                        "t3"."origin" AS "#h0k0",
                                                        (
                                                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t3"."known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                        ) + CAST(EXTRACT('MICROSECOND' FROM "t3"."known_at") % 1000000 AS BIGINT) + 7200000000 AS "#us",
                                                        0 AS "#asks",
                                                        CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                                        CAST(NULL AS DOUBLE) AS "value.origin_delay_2h",
                                                        CASE WHEN (
                                                          "t3"."dep_delay" > 15
                                                        ) IS NOT NULL THEN -1 ELSE 0 END AS "count.origin_delayed_2h",
                                                        COALESCE(CAST("t3"."dep_delay" > 15 AS BIGINT), 0) * -1 AS "sum.origin_delayed_2h"
                                                      FROM "departures" AS "t3"
                                                      WHERE
                                                        "t3"."known_at" > MAKE_TIMESTAMPTZ(2013, 6, 1, 2, 0, 0.0, 'UTC')
                                                        AND "t3"."known_at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                                        AND "t3"."origin" IS NOT NULL
                                                    ) AS "t32"
                                                  ) AS "t34"
                                                ) AS "t59"
                                              ) AS "t86"
                                              WHERE
                                                "t86"."#asks" = 1
                                            ) AS "t105"
                                              ON "t121"."origin" = "t105"."#h0k0" AND "t121"."#event_us" = "t105"."#us"
                                          ) AS "t122"
                                        ) AS "t124"
                                        LEFT OUTER JOIN (
                                          SELECT
                                            "t78"."#us",
                                            "t78"."value.city_delay_2h" AS "history.city_delay_2h",
                                            CASE
                                              WHEN (
                                                (
                                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t78"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                ) + CAST(EXTRACT('MICROSECOND' FROM "t78"."#at") % 1000000 AS BIGINT)
                                              ) > (
                                                "t78"."#us" - 7200000000
                                              )
                                              THEN "t78"."#at"
                                              ELSE CAST(NULL AS TIMESTAMPTZ)
                                            END AS "history__1__at"
                                          FROM (
                                            SELECT
                                              "t58"."#us",
                                              "t58"."#asks",
                                              MAX("t58"."#at") OVER (
                                                ORDER BY "t58"."#us" ASC, "t58"."#asks" ASC
                                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                              ) AS "#at",
                                              AVG("t58"."value.city_delay_2h") OVER (ORDER BY "t58"."#us" ASC RANGE BETWEEN 7199999999 preceding AND CURRENT ROW) AS "value.city_delay_2h"
                                            FROM (
                                              SELECT
                                                *
                                              FROM (
                                                SELECT
                                                  (
                                                    CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t3"."known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                  ) + CAST(EXTRACT('MICROSECOND' FROM "t3"."known_at") % 1000000 AS BIGINT) AS "#us",
                                                  0 AS "#asks",
                                                  "t3"."known_at" AS "#at",
                                                  CASE
                                                    WHEN ABS("t3"."dep_delay") <= 3.4028234663852886e+38
                                                    THEN "t3"."dep_delay"
                                                    ELSE NULL
                                                  END AS "value.city_delay_2h"
                                                FROM "departures" AS "t3"
                                                WHERE
                                                  "t3"."known_at" > MAKE_TIMESTAMPTZ(2013, 6, 1, 2, 0, 0.0, 'UTC')
                                                  AND "t3"."known_at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                              ) AS "t30"
                                              UNION ALL
                                              SELECT
                                                *
                                              FROM (
                                                SELECT
                                                  "t43"."#us",
                                                  1 AS "#asks",
                                                  CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                                  CAST(NULL AS DOUBLE) AS "value.city_delay_2h"
                                                FROM (
                                                  SELECT DISTINCT
                                                    *
                                                  FROM (
                                                    SELECT
                                                      (
                                                        CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                      ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."requested_at") % 1000000 AS BIGINT) AS "#us"
                                                    FROM "events" AS "t0"
                                                  ) AS "t25"
                                                  WHERE
                                                    "t25"."#us" IS NOT NULL
                                                ) AS "t43"
                                              ) AS "t53"
                                            ) AS "t58"
                                          ) AS "t78"
                                          WHERE
                                            "t78"."#asks" = 1
                                        ) AS "t102"
                                          ON "t124"."#event_us" = "t102"."#us"
                                      ) AS "t125"
                                    ) AS "t127"
                                    LEFT OUTER JOIN (
                                      SELECT
                                        "t77"."#h2k0",
                                        "t77"."#h2k1",
                                        "t77"."#us",
                                        "t77"."value.carrier_here_4h" AS "history.carrier_here_4h",
                                        CASE
                                          WHEN (
                                            (
                                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t77"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                            ) + CAST(EXTRACT('MICROSECOND' FROM "t77"."#at") % 1000000 AS BIGINT)
                                          ) > (
                                            "t77"."#us" - 14400000000
                                          )
                                          THEN "t77"."#at"
                                          ELSE CAST(NULL AS TIMESTAMPTZ)
                                        END AS "history__2__at"
                                      FROM (
                                        SELECT
                                          "t57"."#h2k0",
                                          "t57"."#h2k1",
                                          "t57"."#us",
                                          "t57"."#asks",
                                          MAX("t57"."#at") OVER (
                                            PARTITION BY "t57"."#h2k0", "t57"."#h2k1"
                                            ORDER BY "t57"."#us" ASC, "t57"."#asks" ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS "#at",
                                          AVG("t57"."value.carrier_here_4h") OVER (
                                            PARTITION BY "t57"."#h2k0", "t57"."#h2k1"
                                            ORDER BY "t57"."#us" ASC
                                            RANGE BETWEEN 14399999999 preceding AND CURRENT ROW
                                          ) AS "value.carrier_here_4h"
                                        FROM (
                                          SELECT
                                            *
                                          FROM (
                                            SELECT
                                              "t3"."origin" AS "#h2k0",
                                              "t3"."carrier" AS "#h2k1",
                                              (
                                                CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t3"."known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                              ) + CAST(EXTRACT('MICROSECOND' FROM "t3"."known_at") % 1000000 AS BIGINT) AS "#us",
                                              0 AS "#asks",
                                              "t3"."known_at" AS "#at",
                                              CASE
                                                WHEN ABS("t3"."dep_delay") <= 3.4028234663852886e+38
                                                THEN "t3"."dep_delay"
                                                ELSE NULL
                                              END AS "value.carrier_here_4h"
                                            FROM "departures" AS "t3"
                                            WHERE
                                              "t3"."known_at" > MAKE_TIMESTAMPTZ(2013, 6, 1, 0, 0, 0.0, 'UTC')
                                              AND "t3"."known_at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                              AND (
                                                (
                                                  "t3"."origin" IS NOT NULL
                                                ) AND (
                                                  "t3"."carrier" IS NOT NULL
                                                )
                                              )
                                          ) AS "t29"
                                          UNION ALL
                                          SELECT
                                            *
                                          FROM (
                                            SELECT
                                              "t42"."#h2k0",
                                              "t42"."#h2k1",
                                              "t42"."#us",
                                              1 AS "#asks",
                                              CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                              CAST(NULL AS DOUBLE) AS "value.carrier_here_4h"
                                            FROM (
                                              SELECT DISTINCT
                                                *
                                              FROM (
                                                SELECT
                                                  "t0"."origin" AS "#h2k0",
                                                  "t0"."carrier" AS "#h2k1",
                                                  (
                                                    CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                  ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."requested_at") % 1000000 AS BIGINT) AS "#us"
                                                FROM "events" AS "t0"
                                              ) AS "t24"
                                              WHERE
                                                "t24"."#h2k0" IS NOT NULL
                                                AND "t24"."#h2k1" IS NOT NULL
                                                AND "t24"."#us" IS NOT NULL
                                            ) AS "t42"
                                          ) AS "t52"
                                        ) AS "t57"
                                      ) AS "t77"
                                      WHERE
                                        "t77"."#asks" = 1
                                    ) AS "t101"
                                      ON "t127"."origin" = "t101"."#h2k0"
                                      AND "t127"."carrier" = "t101"."#h2k1"
                                      AND "t127"."#event_us" = "t101"."#us"
                                  ) AS "t128"
                                ) AS "t130"
                                LEFT OUTER JOIN (
                                  SELECT
                                    "t76"."#h3k0",
                                    "t76"."#us",
                                    "t76"."value.plane_delay_12h" AS "history.plane_delay_12h",
                                    CASE
                                      WHEN (
                                        (
                                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t76"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                        ) + CAST(EXTRACT('MICROSECOND' FROM "t76"."#at") % 1000000 AS BIGINT)
                                      ) > (
                                        "t76"."#us" - 43200000000
                                      )
                                      THEN "t76"."#at"
                                      ELSE CAST(NULL AS TIMESTAMPTZ)
                                    END AS "history__3__at"
                                  FROM (
                                    SELECT
                                      "t56"."#h3k0",
                                      "t56"."#us",
                                      "t56"."#asks",
                                      MAX("t56"."#at") OVER (
                                        PARTITION BY "t56"."#h3k0"
                                        ORDER BY "t56"."#us" ASC, "t56"."#asks" ASC
                                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                      ) AS "#at",
                                      MAX("t56"."value.plane_delay_12h") OVER (
                                        PARTITION BY "t56"."#h3k0"
                                        ORDER BY "t56"."#us" ASC
                                        RANGE BETWEEN 43199999999 preceding AND CURRENT ROW
                                      ) AS "value.plane_delay_12h"
                                    FROM (
                                      SELECT
                                        *
                                      FROM (
                                        SELECT
                                          "t3"."tailnum" AS "#h3k0",
                                          (
                                            CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t3"."known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                          ) + CAST(EXTRACT('MICROSECOND' FROM "t3"."known_at") % 1000000 AS BIGINT) AS "#us",
                                          0 AS "#asks",
                                          "t3"."known_at" AS "#at",
                                          CASE
                                            WHEN ABS("t3"."dep_delay") <= 3.4028234663852886e+38
                                            THEN "t3"."dep_delay"
                                            ELSE NULL
                                          END AS "value.plane_delay_12h"
                                        FROM "departures" AS "t3"
                                        WHERE
                                          "t3"."known_at" > MAKE_TIMESTAMPTZ(2013, 5, 31, 16, 0, 0.0, 'UTC')
                                          AND "t3"."known_at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                          AND "t3"."tailnum" IS NOT NULL
                                      ) AS "t28"
                                      UNION ALL
                                      SELECT
                                        *
                                      FROM (
                                        SELECT
                                          "t41"."#h3k0",
                                          "t41"."#us",
                                          1 AS "#asks",
                                          CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                          CAST(NULL AS DOUBLE) AS "value.plane_delay_12h"
                                        FROM (
                                          SELECT DISTINCT
                                            *
                                          FROM (
                                            SELECT
                                              "t0"."tailnum" AS "#h3k0",
                                              (
                                                CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                              ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."requested_at") % 1000000 AS BIGINT) AS "#us"
                                            FROM "events" AS "t0"
                                          ) AS "t23"
                                          WHERE
                                            "t23"."#h3k0" IS NOT NULL AND "t23"."#us" IS NOT NULL
                                        ) AS "t41"
                                      ) AS "t51"
                                    ) AS "t56"
                                  ) AS "t76"
                                  WHERE
                                    "t76"."#asks" = 1
                                ) AS "t100"
                                  ON "t130"."tailnum" = "t100"."#h3k0" AND "t130"."#event_us" = "t100"."#us"
                              ) AS "t131"
                            ) AS "t133"
                            LEFT OUTER JOIN (
                              SELECT
                                "t75"."#h4k0",
                                "t75"."#us",
                                "t75"."value.plane_landed_12h" AS "history.plane_landed_12h",
                                CASE
                                  WHEN (
                                    (
                                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t75"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                    ) + CAST(EXTRACT('MICROSECOND' FROM "t75"."#at") % 1000000 AS BIGINT)
                                  ) > (
                                    "t75"."#us" - 43200000000
                                  )
                                  THEN "t75"."#at"
                                  ELSE CAST(NULL AS TIMESTAMPTZ)
                                END AS "history__4__at"
                              FROM (
                                SELECT
                                  "t55"."#h4k0",
                                  "t55"."#us",
                                  "t55"."#asks",
                                  MAX("t55"."#at") OVER (
                                    PARTITION BY "t55"."#h4k0"
                                    ORDER BY "t55"."#us" ASC, "t55"."#asks" ASC
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                  ) AS "#at",
                                  AVG("t55"."value.plane_landed_12h") OVER (
                                    PARTITION BY "t55"."#h4k0"
                                    ORDER BY "t55"."#us" ASC
                                    RANGE BETWEEN 43199999999 preceding AND CURRENT ROW
                                  ) AS "value.plane_landed_12h"
                                FROM (
                                  SELECT
                                    *
                                  FROM (
                                    SELECT
                                      "t2"."tailnum" AS "#h4k0",
                                      (
                                        CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t2"."known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                      ) + CAST(EXTRACT('MICROSECOND' FROM "t2"."known_at") % 1000000 AS BIGINT) AS "#us",
                                      0 AS "#asks",
                                      "t2"."known_at" AS "#at",
                                      CASE
                                        WHEN ABS("t2"."arr_delay") <= 3.4028234663852886e+38
                                        THEN "t2"."arr_delay"
                                        ELSE NULL
                                      END AS "value.plane_landed_12h"
                                    FROM "landings" AS "t2"
                                    WHERE
                                      "t2"."known_at" > MAKE_TIMESTAMPTZ(2013, 5, 31, 16, 0, 0.0, 'UTC')
                                      AND "t2"."known_at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                      AND "t2"."tailnum" IS NOT NULL
                                  ) AS "t27"
                                  UNION ALL
                                  SELECT
                                    *
                                  FROM (
                                    SELECT
                                      "t40"."#h4k0",
                                      "t40"."#us",
                                      1 AS "#asks",
                                      CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                      CAST(NULL AS DOUBLE) AS "value.plane_landed_12h"
                                    FROM (
                                      SELECT DISTINCT
                                        *
                                      FROM (
                                        SELECT
                                          "t0"."tailnum" AS "#h4k0",
                                          (
                                            CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                          ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."requested_at") % 1000000 AS BIGINT) AS "#us"
                                        FROM "events" AS "t0"
                                      ) AS "t22"
                                      WHERE
                                        "t22"."#h4k0" IS NOT NULL AND "t22"."#us" IS NOT NULL
                                    ) AS "t40"
                                  ) AS "t50"
                                ) AS "t55"
                              ) AS "t75"
                              WHERE
                                "t75"."#asks" = 1
                            ) AS "t99"
                              ON "t133"."tailnum" = "t99"."#h4k0" AND "t133"."#event_us" = "t99"."#us"
                          ) AS "t134"
                        ) AS "t136"
                        LEFT OUTER JOIN (
                          SELECT
                            "t93"."#h5k0",
                            "t93"."#us",
                            CAST("t93"."sum.origin_late_3h" AS DOUBLE) / CAST(NULLIF("t93"."count.origin_late_3h", 0) AS DOUBLE) AS "history.origin_late_3h",
                            CASE
                              WHEN (
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t93"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t93"."#at") % 1000000 AS BIGINT)
                              ) > (
                                "t93"."#us" - 10800000000
                              )
                              THEN "t93"."#at"
                              ELSE CAST(NULL AS TIMESTAMPTZ)
                            END AS "history__5__at"
                          FROM (
                            SELECT
                              "t84"."#h5k0",
                              "t84"."#us",
                              "t84"."#asks",
                              MAX("t84"."#at") OVER (
                                PARTITION BY "t84"."#h5k0"
                                ORDER BY "t84"."#us" ASC, "t84"."#asks" ASC
                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                              ) AS "#at",
                              TRY_CAST(CAST(SUM("t84"."count.origin_late_3h") OVER (
                                PARTITION BY "t84"."#h5k0"
                                ORDER BY "t84"."#us" ASC, "t84"."#asks" ASC
                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                              ) AS DECIMAL(38, 0)) AS BIGINT) AS "count.origin_late_3h",
                              TRY_CAST(CAST(SUM("t84"."sum.origin_late_3h") OVER (
                                PARTITION BY "t84"."#h5k0"
                                ORDER BY "t84"."#us" ASC, "t84"."#asks" ASC
                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                              ) AS DECIMAL(38, 0)) AS BIGINT) AS "sum.origin_late_3h"
                            FROM (
                              SELECT
                                *
                              FROM (
                                SELECT
                                  "t39"."#h5k0",
                                  "t39"."#us",
                                  1 AS "#asks",
                                  CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                  0 AS "count.origin_late_3h",
                                  0 AS "sum.origin_late_3h"
                                FROM (
                                  SELECT DISTINCT
                                    *
                                  FROM (
                                    SELECT
                                      "t0"."origin" AS "#h5k0",
                                      (
                                        CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                      ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."requested_at") % 1000000 AS BIGINT) AS "#us"
                                    FROM "events" AS "t0"
                                  ) AS "t21"
                                  WHERE
                                    "t21"."#h5k0" IS NOT NULL AND "t21"."#us" IS NOT NULL
                                ) AS "t39"
                              ) AS "t49"
                              UNION ALL
                              SELECT
                                *
                              FROM (
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    "t16"."origin" AS "#h5k0",
                                    (
                                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                    ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."#at") % 1000000 AS BIGINT) AS "#us",
                                    0 AS "#asks",
                                    "t16"."#at",
                                    CASE WHEN "t16"."late" IS NOT NULL THEN 1 ELSE 0 END AS "count.origin_late_3h",
                                    COALESCE(CAST("t16"."late" AS BIGINT), 0) * 1 AS "sum.origin_late_3h"
                                  FROM "t15" AS "t16"
                                  WHERE
                                    "t16"."#at" > MAKE_TIMESTAMPTZ(2013, 6, 1, 1, 0, 0.0, 'UTC')
                                    AND "t16"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                    AND "t16"."origin" IS NOT NULL
                                    AND (
                                      (
                                        (
                                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."late_known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                        ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."late_known_at") % 1000000 AS BIGINT)
                                      ) - (
                                        (
                                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                        ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."requested_at") % 1000000 AS BIGINT)
                                      )
                                    ) <= 172800000000
                                ) AS "t68"
                                UNION ALL
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    "t16"."origin" AS "#h5k0",
                                    (
                                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                    ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."#at") % 1000000 AS BIGINT) + 10800000000 AS "#us",
                                    0 AS "#asks",
                                    CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                    CASE WHEN "t16"."late" IS NOT NULL THEN -1 ELSE 0 END AS "count.origin_late_3h",
                                    COALESCE(CAST("t16"."late" AS BIGINT), 0) * -1 AS "sum.origin_late_3h"
                                  FROM "t15" AS "t16"
                                  WHERE
                                    "t16"."#at" > MAKE_TIMESTAMPTZ(2013, 6, 1, 1, 0, 0.0, 'UTC')
                                    AND "t16"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                    AND "t16"."origin" IS NOT NULL
                                    AND (
                                      (
                                        (
                                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."late_known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                        ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."late_known_at") % 1000000 AS BIGINT)
                                      ) - (
                                        (
                                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                        ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."requested_at") % 1000000 AS BIGINT)
                                      )
                                    ) <= 172800000000
                                ) AS "t69"
                              ) AS "t74"
                            ) AS "t84"
                          ) AS "t93"
                          WHERE
                            "t93"."#asks" = 1
                        ) AS "t117"
                          ON "t136"."origin" = "t117"."#h5k0" AND "t136"."#event_us" = "t117"."#us"
                      ) AS "t137"
                    ) AS "t139"
                    LEFT OUTER JOIN (
                      SELECT
                        "t92"."#h6k0",
                        "t92"."#us",
                        CAST("t92"."sum.carrier_late_6h" AS DOUBLE) / CAST(NULLIF("t92"."count.carrier_late_6h", 0) AS DOUBLE) AS "history.carrier_late_6h",
                        CASE
                          WHEN (
                            (
                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t92"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                            ) + CAST(EXTRACT('MICROSECOND' FROM "t92"."#at") % 1000000 AS BIGINT)
                          ) > (
                            "t92"."#us" - 21600000000
                          )
                          THEN "t92"."#at"
                          ELSE CAST(NULL AS TIMESTAMPTZ)
                        END AS "history__6__at"
                      FROM (
                        SELECT
                          "t83"."#h6k0",
                          "t83"."#us",
                          "t83"."#asks",
                          MAX("t83"."#at") OVER (
                            PARTITION BY "t83"."#h6k0"
                            ORDER BY "t83"."#us" ASC, "t83"."#asks" ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS "#at",
                          TRY_CAST(CAST(SUM("t83"."count.carrier_late_6h") OVER (
                            PARTITION BY "t83"."#h6k0"
                            ORDER BY "t83"."#us" ASC, "t83"."#asks" ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS DECIMAL(38, 0)) AS BIGINT) AS "count.carrier_late_6h",
                          TRY_CAST(CAST(SUM("t83"."sum.carrier_late_6h") OVER (
                            PARTITION BY "t83"."#h6k0"
                            ORDER BY "t83"."#us" ASC, "t83"."#asks" ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS DECIMAL(38, 0)) AS BIGINT) AS "sum.carrier_late_6h"
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t38"."#h6k0",
                              "t38"."#us",
                              1 AS "#asks",
                              CAST(NULL AS TIMESTAMPTZ) AS "#at",
                              0 AS "count.carrier_late_6h",
                              0 AS "sum.carrier_late_6h"
                            FROM (
                              SELECT DISTINCT
                                *
                              FROM (
                                SELECT
                                  "t0"."carrier" AS "#h6k0",
                                  (
                                    CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                  ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."requested_at") % 1000000 AS BIGINT) AS "#us"
                                FROM "events" AS "t0"
                              ) AS "t20"
                              WHERE
                                "t20"."#h6k0" IS NOT NULL AND "t20"."#us" IS NOT NULL
                            ) AS "t38"
                          ) AS "t48"
                          UNION ALL
                          SELECT
                            *
                          FROM (
                            SELECT
                              *
                            FROM (
                              SELECT
                                "t16"."carrier" AS "#h6k0",
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."#at") % 1000000 AS BIGINT) AS "#us",
                                0 AS "#asks",
                                "t16"."#at",
                                CASE WHEN "t16"."late" IS NOT NULL THEN 1 ELSE 0 END AS "count.carrier_late_6h",
                                COALESCE(CAST("t16"."late" AS BIGINT), 0) * 1 AS "sum.carrier_late_6h"
                              FROM "t15" AS "t16"
                              WHERE
                                "t16"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 31, 22, 0, 0.0, 'UTC')
                                AND "t16"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                AND "t16"."carrier" IS NOT NULL
                                AND (
                                  (
                                    (
                                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."late_known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                    ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."late_known_at") % 1000000 AS BIGINT)
                                  ) - (
                                    (
                                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                    ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."requested_at") % 1000000 AS BIGINT)
                                  )
                                ) <= 172800000000
                            ) AS "t66"
                            UNION ALL
                            SELECT
                              *
                            FROM (
                              SELECT
                                "t16"."carrier" AS "#h6k0",
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."#at") % 1000000 AS BIGINT) + 21600000000 AS "#us",
                                0 AS "#asks",
                                CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                CASE WHEN "t16"."late" IS NOT NULL THEN -1 ELSE 0 END AS "count.carrier_late_6h",
                                COALESCE(CAST("t16"."late" AS BIGINT), 0) * -1 AS "sum.carrier_late_6h"
                              FROM "t15" AS "t16"
                              WHERE
                                "t16"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 31, 22, 0, 0.0, 'UTC')
                                AND "t16"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                AND "t16"."carrier" IS NOT NULL
                                AND (
                                  (
                                    (
                                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."late_known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                    ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."late_known_at") % 1000000 AS BIGINT)
                                  ) - (
                                    (
                                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                    ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."requested_at") % 1000000 AS BIGINT)
                                  )
                                ) <= 172800000000
                            ) AS "t67"
                          ) AS "t73"
                        ) AS "t83"
                      ) AS "t92"
                      WHERE
                        "t92"."#asks" = 1
                    ) AS "t116"
                      ON "t139"."carrier" = "t116"."#h6k0" AND "t139"."#event_us" = "t116"."#us"
                  ) AS "t140"
                ) AS "t142"
                LEFT OUTER JOIN (
                  SELECT
                    "t91"."#h7k0",
                    "t91"."#us",
                    CAST("t91"."sum.carrier_late_7d" AS DOUBLE) / CAST(NULLIF("t91"."count.carrier_late_7d", 0) AS DOUBLE) AS "history.carrier_late_7d",
                    CASE
                      WHEN (
                        (
                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t91"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                        ) + CAST(EXTRACT('MICROSECOND' FROM "t91"."#at") % 1000000 AS BIGINT)
                      ) > (
                        "t91"."#us" - 604800000000
                      )
                      THEN "t91"."#at"
                      ELSE CAST(NULL AS TIMESTAMPTZ)
                    END AS "history__7__at"
                  FROM (
                    SELECT
                      "t82"."#h7k0",
                      "t82"."#us",
                      "t82"."#asks",
                      MAX("t82"."#at") OVER (
                        PARTITION BY "t82"."#h7k0"
                        ORDER BY "t82"."#us" ASC, "t82"."#asks" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      ) AS "#at",
                      TRY_CAST(CAST(SUM("t82"."count.carrier_late_7d") OVER (
                        PARTITION BY "t82"."#h7k0"
                        ORDER BY "t82"."#us" ASC, "t82"."#asks" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      ) AS DECIMAL(38, 0)) AS BIGINT) AS "count.carrier_late_7d",
                      TRY_CAST(CAST(SUM("t82"."sum.carrier_late_7d") OVER (
                        PARTITION BY "t82"."#h7k0"
                        ORDER BY "t82"."#us" ASC, "t82"."#asks" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      ) AS DECIMAL(38, 0)) AS BIGINT) AS "sum.carrier_late_7d"
                    FROM (
                      SELECT
                        *
                      FROM (
                        SELECT
                          "t37"."#h7k0",
                          "t37"."#us",
                          1 AS "#asks",
                          CAST(NULL AS TIMESTAMPTZ) AS "#at",
                          0 AS "count.carrier_late_7d",
                          0 AS "sum.carrier_late_7d"
                        FROM (
                          SELECT DISTINCT
                            *
                          FROM (
                            SELECT
                              "t0"."carrier" AS "#h7k0",
                              (
                                CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                              ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."requested_at") % 1000000 AS BIGINT) AS "#us"
                            FROM "events" AS "t0"
                          ) AS "t19"
                          WHERE
                            "t19"."#h7k0" IS NOT NULL AND "t19"."#us" IS NOT NULL
                        ) AS "t37"
                      ) AS "t47"
                      UNION ALL
                      SELECT
                        *
                      FROM (
                        SELECT
                          *
                        FROM (
                          SELECT
                            "t16"."carrier" AS "#h7k0",
                            (
                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                            ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."#at") % 1000000 AS BIGINT) AS "#us",
                            0 AS "#asks",
                            "t16"."#at",
                            CASE WHEN "t16"."late" IS NOT NULL THEN 1 ELSE 0 END AS "count.carrier_late_7d",
                            COALESCE(CAST("t16"."late" AS BIGINT), 0) * 1 AS "sum.carrier_late_7d"
                          FROM "t15" AS "t16"
                          WHERE
                            "t16"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 25, 4, 0, 0.0, 'UTC')
                            AND "t16"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                            AND "t16"."carrier" IS NOT NULL
                            AND (
                              (
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."late_known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."late_known_at") % 1000000 AS BIGINT)
                              ) - (
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."requested_at") % 1000000 AS BIGINT)
                              )
                            ) <= 172800000000
                        ) AS "t64"
                        UNION ALL
                        SELECT
                          *
                        FROM (
                          SELECT
                            "t16"."carrier" AS "#h7k0",
                            (
                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                            ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."#at") % 1000000 AS BIGINT) + 604800000000 AS "#us",
                            0 AS "#asks",
                            CAST(NULL AS TIMESTAMPTZ) AS "#at",
                            CASE WHEN "t16"."late" IS NOT NULL THEN -1 ELSE 0 END AS "count.carrier_late_7d",
                            COALESCE(CAST("t16"."late" AS BIGINT), 0) * -1 AS "sum.carrier_late_7d"
                          FROM "t15" AS "t16"
                          WHERE
                            "t16"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 25, 4, 0, 0.0, 'UTC')
                            AND "t16"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                            AND "t16"."carrier" IS NOT NULL
                            AND (
                              (
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."late_known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."late_known_at") % 1000000 AS BIGINT)
                              ) - (
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."requested_at") % 1000000 AS BIGINT)
                              )
                            ) <= 172800000000
                        ) AS "t65"
                      ) AS "t72"
                    ) AS "t82"
                  ) AS "t91"
                  WHERE
                    "t91"."#asks" = 1
                ) AS "t115"
                  ON "t142"."carrier" = "t115"."#h7k0" AND "t142"."#event_us" = "t115"."#us"
              ) AS "t143"
            ) AS "t145"
            LEFT OUTER JOIN (
              SELECT
                "t90"."#h8k0",
                "t90"."#h8k1",
                "t90"."#us",
                CAST("t90"."sum.number_late_21d" AS DOUBLE) / CAST(NULLIF("t90"."count.number_late_21d", 0) AS DOUBLE) AS "history.number_late_21d",
                CASE
                  WHEN (
                    (
                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t90"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                    ) + CAST(EXTRACT('MICROSECOND' FROM "t90"."#at") % 1000000 AS BIGINT)
                  ) > (
                    "t90"."#us" - 1814400000000
                  )
                  THEN "t90"."#at"
                  ELSE CAST(NULL AS TIMESTAMPTZ)
                END AS "history__8__at"
              FROM (
                SELECT
                  "t81"."#h8k0",
                  "t81"."#h8k1",
                  "t81"."#us",
                  "t81"."#asks",
                  MAX("t81"."#at") OVER (
                    PARTITION BY "t81"."#h8k0", "t81"."#h8k1"
                    ORDER BY "t81"."#us" ASC, "t81"."#asks" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                  ) AS "#at",
                  TRY_CAST(CAST(SUM("t81"."count.number_late_21d") OVER (
                    PARTITION BY "t81"."#h8k0", "t81"."#h8k1"
                    ORDER BY "t81"."#us" ASC, "t81"."#asks" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                  ) AS DECIMAL(38, 0)) AS BIGINT) AS "count.number_late_21d",
                  TRY_CAST(CAST(SUM("t81"."sum.number_late_21d") OVER (
                    PARTITION BY "t81"."#h8k0", "t81"."#h8k1"
                    ORDER BY "t81"."#us" ASC, "t81"."#asks" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                  ) AS DECIMAL(38, 0)) AS BIGINT) AS "sum.number_late_21d"
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t36"."#h8k0",
                      "t36"."#h8k1",
                      "t36"."#us",
                      1 AS "#asks",
                      CAST(NULL AS TIMESTAMPTZ) AS "#at",
                      0 AS "count.number_late_21d",
                      0 AS "sum.number_late_21d"
                    FROM (
                      SELECT DISTINCT
                        *
                      FROM (
                        SELECT
                          "t0"."carrier" AS "#h8k0",
                          "t0"."flight" AS "#h8k1",
                          (
                            CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                          ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."requested_at") % 1000000 AS BIGINT) AS "#us"
                        FROM "events" AS "t0"
                      ) AS "t18"
                      WHERE
                        "t18"."#h8k0" IS NOT NULL
                        AND "t18"."#h8k1" IS NOT NULL
                        AND "t18"."#us" IS NOT NULL
                    ) AS "t36"
                  ) AS "t46"
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      *
                    FROM (
                      SELECT
                        "t16"."carrier" AS "#h8k0",
                        "t16"."flight" AS "#h8k1",
                        (
                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                        ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."#at") % 1000000 AS BIGINT) AS "#us",
                        0 AS "#asks",
                        "t16"."#at",
                        CASE WHEN "t16"."late" IS NOT NULL THEN 1 ELSE 0 END AS "count.number_late_21d",
                        COALESCE(CAST("t16"."late" AS BIGINT), 0) * 1 AS "sum.number_late_21d"
                      FROM "t15" AS "t16"
                      WHERE
                        "t16"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 11, 4, 0, 0.0, 'UTC')
                        AND "t16"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                        AND (
                          (
                            "t16"."carrier" IS NOT NULL
                          ) AND (
                            "t16"."flight" IS NOT NULL
                          )
                        )
                        AND (
                          (
                            (
                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."late_known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                            ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."late_known_at") % 1000000 AS BIGINT)
                          ) - (
                            (
                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                            ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."requested_at") % 1000000 AS BIGINT)
                          )
                        ) <= 172800000000
                    ) AS "t62"
                    UNION ALL
                    SELECT
                      *
                    FROM (
                      SELECT
                        "t16"."carrier" AS "#h8k0",
                        "t16"."flight" AS "#h8k1",
                        (
                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                        ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."#at") % 1000000 AS BIGINT) + 1814400000000 AS "#us",
                        0 AS "#asks",
                        CAST(NULL AS TIMESTAMPTZ) AS "#at",
                        CASE WHEN "t16"."late" IS NOT NULL THEN -1 ELSE 0 END AS "count.number_late_21d",
                        COALESCE(CAST("t16"."late" AS BIGINT), 0) * -1 AS "sum.number_late_21d"
                      FROM "t15" AS "t16"
                      WHERE
                        "t16"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 11, 4, 0, 0.0, 'UTC')
                        AND "t16"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                        AND (
                          (
                            "t16"."carrier" IS NOT NULL
                          ) AND (
                            "t16"."flight" IS NOT NULL
                          )
                        )
                        AND (
                          (
                            (
                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."late_known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                            ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."late_known_at") % 1000000 AS BIGINT)
                          ) - (
                            (
                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                            ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."requested_at") % 1000000 AS BIGINT)
                          )
                        ) <= 172800000000
                    ) AS "t63"
                  ) AS "t71"
                ) AS "t81"
              ) AS "t90"
              WHERE
                "t90"."#asks" = 1
            ) AS "t114"
              ON "t145"."carrier" = "t114"."#h8k0"
              AND "t145"."flight" = "t114"."#h8k1"
              AND "t145"."#event_us" = "t114"."#us"
          ) AS "t146"
        ) AS "t148"
        LEFT OUTER JOIN (
          SELECT
            "t89"."#h9k0",
            "t89"."#us",
            CAST("t89"."sum.dest_late_24h" AS DOUBLE) / CAST(NULLIF("t89"."count.dest_late_24h", 0) AS DOUBLE) AS "history.dest_late_24h",
            CASE
              WHEN (
                (
                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t89"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                ) + CAST(EXTRACT('MICROSECOND' FROM "t89"."#at") % 1000000 AS BIGINT)
              ) > (
                "t89"."#us" - 86400000000
              )
              THEN "t89"."#at"
              ELSE CAST(NULL AS TIMESTAMPTZ)
            END AS "history__9__at"
          FROM (
            SELECT
              "t80"."#h9k0",
              "t80"."#us",
              "t80"."#asks",
              MAX("t80"."#at") OVER (
                PARTITION BY "t80"."#h9k0"
                ORDER BY "t80"."#us" ASC, "t80"."#asks" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS "#at",
              TRY_CAST(CAST(SUM("t80"."count.dest_late_24h") OVER (
                PARTITION BY "t80"."#h9k0"
                ORDER BY "t80"."#us" ASC, "t80"."#asks" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS DECIMAL(38, 0)) AS BIGINT) AS "count.dest_late_24h",
              TRY_CAST(CAST(SUM("t80"."sum.dest_late_24h") OVER (
                PARTITION BY "t80"."#h9k0"
                ORDER BY "t80"."#us" ASC, "t80"."#asks" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS DECIMAL(38, 0)) AS BIGINT) AS "sum.dest_late_24h"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t35"."#h9k0",
                  "t35"."#us",
                  1 AS "#asks",
                  CAST(NULL AS TIMESTAMPTZ) AS "#at",
                  0 AS "count.dest_late_24h",
                  0 AS "sum.dest_late_24h"
                FROM (
                  SELECT DISTINCT
                    *
                  FROM (
                    SELECT
                      "t0"."dest" AS "#h9k0",
                      (
                        CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                      ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."requested_at") % 1000000 AS BIGINT) AS "#us"
                    FROM "events" AS "t0"
                  ) AS "t17"
                  WHERE
                    "t17"."#h9k0" IS NOT NULL AND "t17"."#us" IS NOT NULL
                ) AS "t35"
              ) AS "t45"
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    "t16"."dest" AS "#h9k0",
                    (
                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                    ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."#at") % 1000000 AS BIGINT) AS "#us",
                    0 AS "#asks",
                    "t16"."#at",
                    CASE WHEN "t16"."late" IS NOT NULL THEN 1 ELSE 0 END AS "count.dest_late_24h",
                    COALESCE(CAST("t16"."late" AS BIGINT), 0) * 1 AS "sum.dest_late_24h"
                  FROM "t15" AS "t16"
                  WHERE
                    "t16"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 31, 4, 0, 0.0, 'UTC')
                    AND "t16"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                    AND "t16"."dest" IS NOT NULL
                    AND (
                      (
                        (
                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."late_known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                        ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."late_known_at") % 1000000 AS BIGINT)
                      ) - (
                        (
                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                        ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."requested_at") % 1000000 AS BIGINT)
                      )
                    ) <= 172800000000
                ) AS "t60"
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    "t16"."dest" AS "#h9k0",
                    (
                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                    ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."#at") % 1000000 AS BIGINT) + 86400000000 AS "#us",
                    0 AS "#asks",
                    CAST(NULL AS TIMESTAMPTZ) AS "#at",
                    CASE WHEN "t16"."late" IS NOT NULL THEN -1 ELSE 0 END AS "count.dest_late_24h",
                    COALESCE(CAST("t16"."late" AS BIGINT), 0) * -1 AS "sum.dest_late_24h"
                  FROM "t15" AS "t16"
                  WHERE
                    "t16"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 31, 4, 0, 0.0, 'UTC')
                    AND "t16"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                    AND "t16"."dest" IS NOT NULL
                    AND (
                      (
                        (
                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."late_known_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                        ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."late_known_at") % 1000000 AS BIGINT)
                      ) - (
                        (
                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t16"."requested_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                        ) + CAST(EXTRACT('MICROSECOND' FROM "t16"."requested_at") % 1000000 AS BIGINT)
                      )
                    ) <= 172800000000
                ) AS "t61"
              ) AS "t70"
            ) AS "t80"
          ) AS "t89"
          WHERE
            "t89"."#asks" = 1
        ) AS "t113"
          ON "t148"."dest" = "t113"."#h9k0" AND "t148"."#event_us" = "t113"."#us"
      ) AS "t149"
    ) AS "t150"
  ) AS "t151"
) AS "t152"
