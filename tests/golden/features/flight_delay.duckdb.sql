SELECT
  "t24"."flight_id",
  "t24"."requested_at",
  CASE
    WHEN ABS(
      CAST(EXTRACT(hour FROM "t24"."#local0") AS BIGINT) + (
        CAST(CAST(EXTRACT(minute FROM "t24"."#local0") AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
      )
    ) <= 3.4028234663852886e+38
    THEN CAST(EXTRACT(hour FROM "t24"."#local0") AS BIGINT) + (
      CAST(CAST(EXTRACT(minute FROM "t24"."#local0") AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
    )
    ELSE NULL
  END AS "dep_hour",
  CAST((
    (
      DAYOFWEEK("t24"."#local0") + 6
    ) % 7
  ) + 1 AS BIGINT) AS "dep_weekday",
  CASE
    WHEN ABS(
      CAST(EXTRACT(hour FROM "t24"."#local1") AS BIGINT) + (
        CAST(CAST(EXTRACT(minute FROM "t24"."#local1") AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
      )
    ) <= 3.4028234663852886e+38
    THEN CAST(EXTRACT(hour FROM "t24"."#local1") AS BIGINT) + (
      CAST(CAST(EXTRACT(minute FROM "t24"."#local1") AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
    )
    ELSE NULL
  END AS "arr_hour",
  CASE
    WHEN ABS(
      CAST(CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t24"."sched_arr") AS TIMESTAMP)) AS BIGINT) - CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t24"."sched_dep") AS TIMESTAMP)) AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
    ) <= 3.4028234663852886e+38
    THEN CAST(CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t24"."sched_arr") AS TIMESTAMP)) AS BIGINT) - CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t24"."sched_dep") AS TIMESTAMP)) AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
    ELSE NULL
  END AS "block_minutes",
  "t24"."carrier",
  "t24"."origin",
  "t24"."dest",
  CASE
    WHEN ABS("t24"."distance") <= 3.4028234663852886e+38
    THEN "t24"."distance"
    ELSE NULL
  END AS "distance",
  CAST(EXTRACT(year FROM "t24"."#local0") AS BIGINT) - "t24"."plane.year" AS "plane_age",
  "t24"."plane.seats" AS "plane_seats",
  "t24"."plane.manufacturer" AS "plane_maker",
  CASE
    WHEN ABS("t24"."weather.temp") <= 3.4028234663852886e+38
    THEN "t24"."weather.temp"
    ELSE NULL
  END AS "temp",
  CASE
    WHEN ABS("t24"."weather.temp" - "t24"."weather.dewp") <= 3.4028234663852886e+38
    THEN "t24"."weather.temp" - "t24"."weather.dewp"
    ELSE NULL
  END AS "dew_point_gap",
  CASE
    WHEN ABS("t24"."weather.humid") <= 3.4028234663852886e+38
    THEN "t24"."weather.humid"
    ELSE NULL
  END AS "humid",
  CASE
    WHEN ABS("t24"."weather.wind_dir") <= 3.4028234663852886e+38
    THEN "t24"."weather.wind_dir"
    ELSE NULL
  END AS "wind_dir",
  CASE
    WHEN ABS("t24"."weather.wind_speed") <= 3.4028234663852886e+38
    THEN "t24"."weather.wind_speed"
    ELSE NULL
  END AS "wind_speed",
  CASE
    WHEN ABS("t24"."weather.wind_gust") <= 3.4028234663852886e+38
    THEN "t24"."weather.wind_gust"
    ELSE NULL
  END AS "wind_gust",
  CASE
    WHEN ABS("t24"."weather.precip") <= 3.4028234663852886e+38
    THEN "t24"."weather.precip"
    ELSE NULL
  END AS "precip",
  CASE
    WHEN ABS(CASE WHEN "t24"."weather.temp" < 34 THEN "t24"."weather.precip" ELSE 0 END) <= 3.4028234663852886e+38
    THEN CASE WHEN "t24"."weather.temp" < 34 THEN "t24"."weather.precip" ELSE 0 END
    ELSE NULL
  END AS "freezing_precip",
  CASE
    WHEN ABS("t24"."weather.pressure") <= 3.4028234663852886e+38
    THEN "t24"."weather.pressure"
    ELSE NULL
  END AS "pressure",
  CASE
    WHEN ABS("t24"."weather.visib") <= 3.4028234663852886e+38
    THEN "t24"."weather.visib"
    ELSE NULL
  END AS "visib",
  "t24"."late",
  "t24"."late_known_at" AS "label_known_at",
  "t24"."weather__known_at"
FROM (
  SELECT
    "t23"."flight_id",
    "t23"."requested_at",
    "t23"."sched_dep",
    "t23"."sched_arr",
    "t23"."carrier",
    "t23"."origin",
    "t23"."dest",
    "t23"."tailnum",
    "t23"."distance",
    "t23"."late",
    "t23"."late_known_at",
    "t23"."weather__known_at",
    "t23"."weather.temp",
    "t23"."weather.dewp",
    "t23"."weather.humid",
    "t23"."weather.wind_dir",
    "t23"."weather.wind_speed",
    "t23"."weather.wind_gust",
    "t23"."weather.precip",
    "t23"."weather.pressure",
    "t23"."weather.visib",
    "t23"."plane.year",
    "t23"."plane.seats",
    "t23"."plane.manufacturer",
    CAST(TO_TIMESTAMP(
      "t23"."#local0" + CASE
        WHEN "t23"."#local0" < 1414908000
        THEN CASE
          WHEN "t23"."#local0" < 702457200
          THEN CASE
            WHEN "t23"."#local0" < 341388000
            THEN CASE
              WHEN "t23"."#local0" < 162370800
              THEN CASE
                WHEN "t23"."#local0" < 73465200
                THEN CASE
                  WHEN "t23"."#local0" < 25682400
                  THEN CASE WHEN "t23"."#local0" < 9961200 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 41410800
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 57736800 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 120636000
                  THEN CASE
                    WHEN "t23"."#local0" < 89186400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 104914800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 126687600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 152085600 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local0" < 247039200
                THEN CASE
                  WHEN "t23"."#local0" < 199263600
                  THEN CASE WHEN "t23"."#local0" < 183535200 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 215589600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 230713200 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 294217200
                  THEN CASE
                    WHEN "t23"."#local0" < 262767600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 278488800 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 309938400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 325666800 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t23"."#local0" < 514969200
              THEN CASE
                WHEN "t23"."#local0" < 420015600
                THEN CASE
                  WHEN "t23"."#local0" < 372837600
                  THEN CASE WHEN "t23"."#local0" < 357116400 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 388566000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 404892000 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 467791200
                  THEN CASE
                    WHEN "t23"."#local0" < 436341600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 452070000 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 483519600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 499240800 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local0" < 607503600
                THEN CASE
                  WHEN "t23"."#local0" < 562140000
                  THEN CASE
                    WHEN "t23"."#local0" < 530690400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 544604400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 576054000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 594194400 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 657093600
                  THEN CASE
                    WHEN "t23"."#local0" < 625644000
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 638953200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 671007600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 688543200 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN "t23"."#local0" < 1049612400
            THEN CASE
              WHEN "t23"."#local0" < 877845600
              THEN CASE
                WHEN "t23"."#local0" < 783496800
                THEN CASE
                  WHEN "t23"."#local0" < 733906800
                  THEN CASE WHEN "t23"."#local0" < 719992800 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 752047200
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 765356400 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 828860400
                  THEN CASE
                    WHEN "t23"."#local0" < 796806000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 814946400 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 846396000
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 860310000 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local0" < 954658800
                THEN CASE
                  WHEN "t23"."#local0" < 909295200
                  THEN CASE WHEN "t23"."#local0" < 891759600 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 923209200
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 941349600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 1004248800
                  THEN CASE
                    WHEN "t23"."#local0" < 972799200
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 986108400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1018162800
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 1035698400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t23"."#local0" < 1225605600
              THEN CASE
                WHEN "t23"."#local0" < 1130652000
                THEN CASE
                  WHEN "t23"."#local0" < 1081062000
                  THEN CASE WHEN "t23"."#local0" < 1067148000 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1099202400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 1112511600 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 1173596400
                  THEN CASE
                    WHEN "t23"."#local0" < 1143961200
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 1162101600 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1194156000
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 1205046000 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local0" < 1320559200
                THEN CASE
                  WHEN "t23"."#local0" < 1268550000
                  THEN CASE
                    WHEN "t23"."#local0" < 1236495600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 1257055200 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1289109600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 1299999600 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 1362898800
                  THEN CASE
                    WHEN "t23"."#local0" < 1331449200
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 1352008800 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1383458400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 1394348400 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
          END
        END
        ELSE CASE
          WHEN "t23"."#local0" < 2120108400
          THEN CASE
            WHEN "t23"."#local0" < 1762063200
            THEN CASE
              WHEN "t23"."#local0" < 1583650800
              THEN CASE
                WHEN "t23"."#local0" < 1489302000
                THEN CASE
                  WHEN "t23"."#local0" < 1446357600
                  THEN CASE WHEN "t23"."#local0" < 1425798000 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1457852400
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 1478412000 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 1541311200
                  THEN CASE
                    WHEN "t23"."#local0" < 1509861600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 1520751600 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1552201200
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 1572760800 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local0" < 1667714400
                THEN CASE
                  WHEN "t23"."#local0" < 1615705200
                  THEN CASE WHEN "t23"."#local0" < 1604210400 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1636264800
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 1647154800 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 1710054000
                  THEN CASE
                    WHEN "t23"."#local0" < 1678604400
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 1699164000 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1730613600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 1741503600 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t23"."#local0" < 1930806000
              THEN CASE
                WHEN "t23"."#local0" < 1836457200
                THEN CASE
                  WHEN "t23"."#local0" < 1793512800
                  THEN CASE WHEN "t23"."#local0" < 1772953200 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1805007600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 1825567200 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 1888466400
                  THEN CASE
                    WHEN "t23"."#local0" < 1857016800
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 1867906800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1899356400
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 1919916000 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local0" < 2025759600
                THEN CASE
                  WHEN "t23"."#local0" < 1983420000
                  THEN CASE
                    WHEN "t23"."#local0" < 1951365600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 1962860400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 1994310000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 2014869600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 2077768800
                  THEN CASE
                    WHEN "t23"."#local0" < 2046319200
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 2057209200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 2088658800
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 2109218400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN "t23"."#local0" < 2487823200
            THEN CASE
              WHEN "t23"."#local0" < 2298520800
              THEN CASE
                WHEN "t23"."#local0" < 2204172000
                THEN CASE
                  WHEN "t23"."#local0" < 2152162800
                  THEN CASE WHEN "t23"."#local0" < 2140668000 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 2172722400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 2183612400 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 2246511600
                  THEN CASE
                    WHEN "t23"."#local0" < 2215062000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 2235621600 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 2267071200
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 2277961200 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local0" < 2393474400
                THEN CASE
                  WHEN "t23"."#local0" < 2341465200
                  THEN CASE
                    WHEN "t23"."#local0" < 2309410800
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 2329970400 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 2362024800
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 2372914800 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 2435814000
                  THEN CASE
                    WHEN "t23"."#local0" < 2404364400
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 2424924000 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 2456373600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 2467263600 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t23"."#local0" < 2656566000
              THEN CASE
                WHEN "t23"."#local0" < 2562217200
                THEN CASE
                  WHEN "t23"."#local0" < 2519877600
                  THEN CASE WHEN "t23"."#local0" < 2499318000 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local0" < 2530767600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 2551327200 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 2614226400
                  THEN CASE
                    WHEN "t23"."#local0" < 2582776800
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 2593666800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 2625116400
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 2645676000 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local0" < 2751519600
                THEN CASE
                  WHEN "t23"."#local0" < 2709180000
                  THEN CASE
                    WHEN "t23"."#local0" < 2677125600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 2688620400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 2720070000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 2740629600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local0" < 2803528800
                  THEN CASE
                    WHEN "t23"."#local0" < 2772079200
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local0" < 2782969200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local0" < 2814418800
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local0" < 2834978400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
        END
      END
    ) AS TIMESTAMP(6)) AS "#local0",
    CAST(TO_TIMESTAMP(
      "t23"."#local1" + CASE
        WHEN "t23"."#local1" < 1414908000
        THEN CASE
          WHEN "t23"."#local1" < 702457200
          THEN CASE
            WHEN "t23"."#local1" < 341388000
            THEN CASE
              WHEN "t23"."#local1" < 162370800
              THEN CASE
                WHEN "t23"."#local1" < 73465200
                THEN CASE
                  WHEN "t23"."#local1" < 25682400
                  THEN CASE WHEN "t23"."#local1" < 9961200 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 41410800
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 57736800 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 120636000
                  THEN CASE
                    WHEN "t23"."#local1" < 89186400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 104914800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 126687600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 152085600 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local1" < 247039200
                THEN CASE
                  WHEN "t23"."#local1" < 199263600
                  THEN CASE WHEN "t23"."#local1" < 183535200 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 215589600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 230713200 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 294217200
                  THEN CASE
                    WHEN "t23"."#local1" < 262767600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 278488800 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 309938400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 325666800 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t23"."#local1" < 514969200
              THEN CASE
                WHEN "t23"."#local1" < 420015600
                THEN CASE
                  WHEN "t23"."#local1" < 372837600
                  THEN CASE WHEN "t23"."#local1" < 357116400 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 388566000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 404892000 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 467791200
                  THEN CASE
                    WHEN "t23"."#local1" < 436341600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 452070000 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 483519600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 499240800 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local1" < 607503600
                THEN CASE
                  WHEN "t23"."#local1" < 562140000
                  THEN CASE
                    WHEN "t23"."#local1" < 530690400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 544604400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 576054000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 594194400 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 657093600
                  THEN CASE
                    WHEN "t23"."#local1" < 625644000
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 638953200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 671007600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 688543200 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN "t23"."#local1" < 1049612400
            THEN CASE
              WHEN "t23"."#local1" < 877845600
              THEN CASE
                WHEN "t23"."#local1" < 783496800
                THEN CASE
                  WHEN "t23"."#local1" < 733906800
                  THEN CASE WHEN "t23"."#local1" < 719992800 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 752047200
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 765356400 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 828860400
                  THEN CASE
                    WHEN "t23"."#local1" < 796806000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 814946400 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 846396000
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 860310000 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local1" < 954658800
                THEN CASE
                  WHEN "t23"."#local1" < 909295200
                  THEN CASE WHEN "t23"."#local1" < 891759600 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 923209200
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 941349600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 1004248800
                  THEN CASE
                    WHEN "t23"."#local1" < 972799200
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 986108400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1018162800
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 1035698400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t23"."#local1" < 1225605600
              THEN CASE
                WHEN "t23"."#local1" < 1130652000
                THEN CASE
                  WHEN "t23"."#local1" < 1081062000
                  THEN CASE WHEN "t23"."#local1" < 1067148000 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1099202400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 1112511600 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 1173596400
                  THEN CASE
                    WHEN "t23"."#local1" < 1143961200
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 1162101600 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1194156000
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 1205046000 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local1" < 1320559200
                THEN CASE
                  WHEN "t23"."#local1" < 1268550000
                  THEN CASE
                    WHEN "t23"."#local1" < 1236495600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 1257055200 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1289109600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 1299999600 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 1362898800
                  THEN CASE
                    WHEN "t23"."#local1" < 1331449200
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 1352008800 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1383458400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 1394348400 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
          END
        END
        ELSE CASE
          WHEN "t23"."#local1" < 2120108400
          THEN CASE
            WHEN "t23"."#local1" < 1762063200
            THEN CASE
              WHEN "t23"."#local1" < 1583650800
              THEN CASE
                WHEN "t23"."#local1" < 1489302000
                THEN CASE
                  WHEN "t23"."#local1" < 1446357600
                  THEN CASE WHEN "t23"."#local1" < 1425798000 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1457852400
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 1478412000 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 1541311200
                  THEN CASE
                    WHEN "t23"."#local1" < 1509861600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 1520751600 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1552201200
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 1572760800 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local1" < 1667714400
                THEN CASE
                  WHEN "t23"."#local1" < 1615705200
                  THEN CASE WHEN "t23"."#local1" < 1604210400 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1636264800
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 1647154800 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 1710054000
                  THEN CASE
                    WHEN "t23"."#local1" < 1678604400
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 1699164000 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1730613600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 1741503600 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t23"."#local1" < 1930806000
              THEN CASE
                WHEN "t23"."#local1" < 1836457200
                THEN CASE
                  WHEN "t23"."#local1" < 1793512800
                  THEN CASE WHEN "t23"."#local1" < 1772953200 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1805007600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 1825567200 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 1888466400
                  THEN CASE
                    WHEN "t23"."#local1" < 1857016800
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 1867906800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1899356400
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 1919916000 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local1" < 2025759600
                THEN CASE
                  WHEN "t23"."#local1" < 1983420000
                  THEN CASE
                    WHEN "t23"."#local1" < 1951365600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 1962860400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 1994310000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 2014869600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 2077768800
                  THEN CASE
                    WHEN "t23"."#local1" < 2046319200
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 2057209200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 2088658800
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 2109218400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN "t23"."#local1" < 2487823200
            THEN CASE
              WHEN "t23"."#local1" < 2298520800
              THEN CASE
                WHEN "t23"."#local1" < 2204172000
                THEN CASE
                  WHEN "t23"."#local1" < 2152162800
                  THEN CASE WHEN "t23"."#local1" < 2140668000 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 2172722400
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 2183612400 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 2246511600
                  THEN CASE
                    WHEN "t23"."#local1" < 2215062000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 2235621600 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 2267071200
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 2277961200 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local1" < 2393474400
                THEN CASE
                  WHEN "t23"."#local1" < 2341465200
                  THEN CASE
                    WHEN "t23"."#local1" < 2309410800
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 2329970400 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 2362024800
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 2372914800 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 2435814000
                  THEN CASE
                    WHEN "t23"."#local1" < 2404364400
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 2424924000 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 2456373600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 2467263600 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t23"."#local1" < 2656566000
              THEN CASE
                WHEN "t23"."#local1" < 2562217200
                THEN CASE
                  WHEN "t23"."#local1" < 2519877600
                  THEN CASE WHEN "t23"."#local1" < 2499318000 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t23"."#local1" < 2530767600
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 2551327200 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 2614226400
                  THEN CASE
                    WHEN "t23"."#local1" < 2582776800
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 2593666800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 2625116400
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 2645676000 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t23"."#local1" < 2751519600
                THEN CASE
                  WHEN "t23"."#local1" < 2709180000
                  THEN CASE
                    WHEN "t23"."#local1" < 2677125600
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 2688620400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 2720070000
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 2740629600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t23"."#local1" < 2803528800
                  THEN CASE
                    WHEN "t23"."#local1" < 2772079200
                    THEN -14400
                    ELSE CASE WHEN "t23"."#local1" < 2782969200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t23"."#local1" < 2814418800
                    THEN -18000
                    ELSE CASE WHEN "t23"."#local1" < 2834978400 THEN -14400 ELSE -18000 END
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
      "t22"."flight_id",
      "t22"."requested_at",
      "t22"."sched_dep",
      "t22"."sched_arr",
      "t22"."carrier",
      "t22"."origin",
      "t22"."dest",
      "t22"."tailnum",
      "t22"."distance",
      "t22"."late",
      "t22"."late_known_at",
      "t22"."weather__known_at",
      "t22"."weather.temp",
      "t22"."weather.dewp",
      "t22"."weather.humid",
      "t22"."weather.wind_dir",
      "t22"."weather.wind_speed",
      "t22"."weather.wind_gust",
      "t22"."weather.precip",
      "t22"."weather.pressure",
      "t22"."weather.visib",
      "t22"."plane.year",
      "t22"."plane.seats",
      "t22"."plane.manufacturer",
      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t22"."sched_dep") AS TIMESTAMP)) AS BIGINT) AS "#local0",
      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t22"."sched_arr") AS TIMESTAMP)) AS BIGINT) AS "#local1"
    FROM (
      SELECT
        "t21".*
        EXCLUDE ("plane#tailnum")
      FROM (
        SELECT
          "t20"."flight_id",
          "t20"."requested_at",
          "t20"."sched_dep",
          "t20"."sched_arr",
          "t20"."carrier",
          "t20"."origin",
          "t20"."dest",
          "t20"."tailnum",
          "t20"."distance",
          "t20"."late",
          "t20"."late_known_at",
          "t20"."weather__known_at",
          "t20"."weather.temp",
          "t20"."weather.dewp",
          "t20"."weather.humid",
          "t20"."weather.wind_dir",
          "t20"."weather.wind_speed",
          "t20"."weather.wind_gust",
          "t20"."weather.precip",
          "t20"."weather.pressure",
          "t20"."weather.visib",
          "t8"."plane#tailnum",
          "t8"."plane.year",
          "t8"."plane.seats",
          "t8"."plane.manufacturer"
        FROM (
          SELECT
            "t18".*
            EXCLUDE ("weather#origin", "weather#known")
          FROM (
            SELECT
              "t17"."flight_id",
              "t17"."requested_at",
              "t17"."sched_dep",
              "t17"."sched_arr",
              "t17"."carrier",
              "t17"."origin",
              "t17"."dest",
              "t17"."tailnum",
              "t17"."distance",
              "t17"."late",
              "t17"."late_known_at",
              "t17"."weather__known_at",
              "t9"."weather#origin",
              "t9"."weather.temp",
              "t9"."weather.dewp",
              "t9"."weather.humid",
              "t9"."weather.wind_dir",
              "t9"."weather.wind_speed",
              "t9"."weather.wind_gust",
              "t9"."weather.precip",
              "t9"."weather.pressure",
              "t9"."weather.visib",
              "t9"."weather#known"
            FROM (
              SELECT
                "t15".*
                EXCLUDE ("weather#k0", "weather#at")
              FROM (
                SELECT
                  "t3"."flight_id",
                  "t3"."requested_at",
                  "t3"."sched_dep",
                  "t3"."sched_arr",
                  "t3"."carrier",
                  "t3"."origin",
                  "t3"."dest",
                  "t3"."tailnum",
                  "t3"."distance",
                  "t3"."late",
                  "t3"."late_known_at",
                  "t14"."weather#k0",
                  "t14"."weather#at",
                  "t14"."weather__known_at"
                FROM "events" AS "t3"
                LEFT OUTER JOIN (
                  SELECT
                    "t12"."weather#k0",
                    "t12"."weather#at",
                    CASE
                      WHEN (
                        CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t12"."weather#at") AS TIMESTAMP)) AS BIGINT) - CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t12"."known") AS TIMESTAMP)) AS BIGINT)
                      ) <= 10800
                      THEN "t12"."known"
                      ELSE CAST(NULL AS TIMESTAMPTZ)
                    END AS "weather__known_at"
                  FROM (
                    SELECT
                      "t11"."weather#k0",
                      "t11"."weather#at",
                      MAX("t11"."known") OVER (
                        PARTITION BY "t11"."weather#k0"
                        ORDER BY "t11"."weather#at" ASC, "t11"."asks" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      ) AS "known",
                      "t11"."asks"
                    FROM (
                      SELECT
                        *
                      FROM (
                        SELECT
                          "t4"."weather#k0",
                          "t4"."weather#at",
                          CAST(NULL AS TIMESTAMPTZ) AS "known",
                          1 AS "asks"
                        FROM (
                          SELECT DISTINCT
                            "t2"."origin" AS "weather#k0",
                            "t2"."requested_at" AS "weather#at"
                          FROM "events" AS "t2"
                        ) AS "t4"
                      ) AS "t10"
                      UNION ALL
                      SELECT
                        *
                      FROM (
                        SELECT
                          "t1"."origin" AS "weather#k0",
                          "t1"."known_at" AS "weather#at",
                          "t1"."known_at" AS "known",
                          0 AS "asks"
                        FROM "weather" AS "t1"
                        WHERE
                          "t1"."origin" IS NOT NULL
                          AND "t1"."known_at" < MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                      ) AS "t7"
                    ) AS "t11"
                  ) AS "t12"
                  WHERE
                    "t12"."asks" = 1
                ) AS "t14"
                  ON "t3"."origin" = "t14"."weather#k0" AND "t3"."requested_at" = "t14"."weather#at"
              ) AS "t15"
            ) AS "t17"
            LEFT OUTER JOIN (
              SELECT
                "t1"."origin" AS "weather#origin",
                "t1"."temp" AS "weather.temp",
                "t1"."dewp" AS "weather.dewp",
                "t1"."humid" AS "weather.humid",
                "t1"."wind_dir" AS "weather.wind_dir",
                "t1"."wind_speed" AS "weather.wind_speed",
                "t1"."wind_gust" AS "weather.wind_gust",
                "t1"."precip" AS "weather.precip",
                "t1"."pressure" AS "weather.pressure",
                "t1"."visib" AS "weather.visib",
                "t1"."known_at" AS "weather#known"
              FROM "weather" AS "t1"
              WHERE
                "t1"."origin" IS NOT NULL
                AND "t1"."known_at" < MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
            ) AS "t9"
              ON "t17"."origin" = "t9"."weather#origin"
              AND "t17"."weather__known_at" = "t9"."weather#known"
          ) AS "t18"
        ) AS "t20"
        LEFT OUTER JOIN (
          SELECT
            "t0"."tailnum" AS "plane#tailnum",
            "t0"."year" AS "plane.year",
            "t0"."seats" AS "plane.seats",
            "t0"."manufacturer" AS "plane.manufacturer"
          FROM "plane" AS "t0"
          WHERE
            "t0"."tailnum" IS NOT NULL
        ) AS "t8"
          ON "t20"."tailnum" = "t8"."plane#tailnum"
      ) AS "t21"
    ) AS "t22"
  ) AS "t23"
) AS "t24"
