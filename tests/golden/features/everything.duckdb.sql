WITH "t15" AS (
  SELECT
    "t1"."at",
    "t1"."n",
    "t1"."s",
    CASE
      WHEN "t1"."at" IS NOT NULL
      THEN GREATEST("t1"."at", "t1"."at" + INTERVAL '1' MICROSECOND)
      ELSE NULL
    END AS "#at"
  FROM "_rows" AS "t1"
), "t16" AS (
  SELECT
    "t2"."b",
    "t2"."n",
    "t2"."s",
    "t2"."t",
    "t2"."told",
    "t2"."u",
    "t2"."x",
    "t2"."told" AS "#at",
    CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t2"."t") AS TIMESTAMP)) AS BIGINT) AS "#local0"
  FROM "readings" AS "t2"
  WHERE
    "t2"."told" > MAKE_TIMESTAMPTZ(2013, 5, 31, 4, 0, 0.0, 'UTC')
    AND "t2"."told" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
    AND "t2"."s" IS NOT NULL
), "t17" AS (
  SELECT
    "t3"."at",
    "t3"."late",
    "t3"."late_at",
    "t3"."s",
    CASE
      WHEN "t3"."late_at" IS NOT NULL
      THEN GREATEST("t3"."late_at", "t3"."at" + INTERVAL '1' MICROSECOND)
      ELSE NULL
    END AS "#at"
  FROM "_labels" AS "t3"
  WHERE
    "t3"."late" IS NOT NULL
), "t36" AS (
  SELECT DISTINCT
    *
  FROM (
    SELECT
      "t0"."s" AS "#h1k0",
      (
        CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."at") AS TIMESTAMP)) AS BIGINT) * 1000000
      ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."at") % 1000000 AS BIGINT) AS "#us"
    FROM "events" AS "t0"
  ) AS "t25"
  WHERE
    "t25"."#h1k0" IS NOT NULL AND "t25"."#us" IS NOT NULL
), "t46" AS (
  SELECT
    "t38"."#h1k0",
    "t38"."#us",
    1 AS "#asks",
    CAST(NULL AS TIMESTAMPTZ) AS "#at",
    0 AS "change"
  FROM "t36" AS "t38"
), "t66" AS (
  SELECT
    "t54"."#h1k0",
    "t54"."#us",
    "t54"."value",
    LEAD("t54"."#us", 1) OVER (
      PARTITION BY "t54"."#h1k0", "t54"."value"
      ORDER BY "t54"."#us" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "next"
  FROM (
    SELECT DISTINCT
      "t19"."s" AS "#h1k0",
      (
        CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t19"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
      ) + CAST(EXTRACT('MICROSECOND' FROM "t19"."#at") % 1000000 AS BIGINT) AS "#us",
      CAST(CASE
        WHEN CASE WHEN ABS("t19"."x") <= 3.4028234663852886e+38 THEN "t19"."x" ELSE NULL END = 0
        THEN 0.0
        ELSE CASE WHEN ABS("t19"."x") <= 3.4028234663852886e+38 THEN "t19"."x" ELSE NULL END
      END AS TEXT) AS "value"
    FROM "t16" AS "t19"
    WHERE
      CASE WHEN ABS("t19"."x") <= 3.4028234663852886e+38 THEN "t19"."x" ELSE NULL END IS NOT NULL
  ) AS "t54"
), "t96" AS (
  SELECT
    "t84"."#h1k0",
    "t84"."#us",
    "t84"."value",
    LEAD("t84"."#us", 1) OVER (
      PARTITION BY "t84"."#h1k0", "t84"."value"
      ORDER BY "t84"."#us" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "next"
  FROM (
    SELECT DISTINCT
      "t77"."#h1k0",
      "t77"."#us",
      "t77"."value.kinds_of_hour" AS "value"
    FROM (
      SELECT
        "t19"."s" AS "#h1k0",
        "t19"."#at",
        (
          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t19"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
        ) + CAST(EXTRACT('MICROSECOND' FROM "t19"."#at") % 1000000 AS BIGINT) AS "#us",
        CASE WHEN ABS("t19"."x") <= 3.4028234663852886e+38 THEN "t19"."x" ELSE NULL END AS "value.averaged_floats",
        CASE WHEN ABS("t19"."x") <= 3.4028234663852886e+38 THEN "t19"."x" ELSE NULL END AS "value.kinds_of_float",
        CAST(EXTRACT(hour FROM CAST(TO_TIMESTAMP(
          "t19"."#local0" + CASE
            WHEN "t19"."#local0" < 1414908000
            THEN CASE
              WHEN "t19"."#local0" < 702457200
              THEN CASE
                WHEN "t19"."#local0" < 341388000
                THEN CASE
                  WHEN "t19"."#local0" < 162370800
                  THEN CASE
                    WHEN "t19"."#local0" < 73465200
                    THEN CASE
                      WHEN "t19"."#local0" < 25682400
                      THEN CASE WHEN "t19"."#local0" < 9961200 THEN -18000 ELSE -14400 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 41410800
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 57736800 THEN -14400 ELSE -18000 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 120636000
                      THEN CASE
                        WHEN "t19"."#local0" < 89186400
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 104914800 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 126687600
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 152085600 THEN -14400 ELSE -18000 END
                      END
                    END
                  END
                  ELSE CASE
                    WHEN "t19"."#local0" < 247039200
                    THEN CASE
                      WHEN "t19"."#local0" < 199263600
                      THEN CASE WHEN "t19"."#local0" < 183535200 THEN -14400 ELSE -18000 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 215589600
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 230713200 THEN -18000 ELSE -14400 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 294217200
                      THEN CASE
                        WHEN "t19"."#local0" < 262767600
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 278488800 THEN -14400 ELSE -18000 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 309938400
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 325666800 THEN -18000 ELSE -14400 END
                      END
                    END
                  END
                END
                ELSE CASE
                  WHEN "t19"."#local0" < 514969200
                  THEN CASE
                    WHEN "t19"."#local0" < 420015600
                    THEN CASE
                      WHEN "t19"."#local0" < 372837600
                      THEN CASE WHEN "t19"."#local0" < 357116400 THEN -18000 ELSE -14400 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 388566000
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 404892000 THEN -14400 ELSE -18000 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 467791200
                      THEN CASE
                        WHEN "t19"."#local0" < 436341600
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 452070000 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 483519600
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 499240800 THEN -14400 ELSE -18000 END
                      END
                    END
                  END
                  ELSE CASE
                    WHEN "t19"."#local0" < 607503600
                    THEN CASE
                      WHEN "t19"."#local0" < 562140000
                      THEN CASE
                        WHEN "t19"."#local0" < 530690400
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 544604400 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 576054000
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 594194400 THEN -14400 ELSE -18000 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 657093600
                      THEN CASE
                        WHEN "t19"."#local0" < 625644000
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 638953200 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 671007600
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 688543200 THEN -14400 ELSE -18000 END
                      END
                    END
                  END
                END
              END
              ELSE CASE
                WHEN "t19"."#local0" < 1049612400
                THEN CASE
                  WHEN "t19"."#local0" < 877845600
                  THEN CASE
                    WHEN "t19"."#local0" < 783496800
                    THEN CASE
                      WHEN "t19"."#local0" < 733906800
                      THEN CASE WHEN "t19"."#local0" < 719992800 THEN -14400 ELSE -18000 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 752047200
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 765356400 THEN -18000 ELSE -14400 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 828860400
                      THEN CASE
                        WHEN "t19"."#local0" < 796806000
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 814946400 THEN -14400 ELSE -18000 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 846396000
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 860310000 THEN -18000 ELSE -14400 END
                      END
                    END
                  END
                  ELSE CASE
                    WHEN "t19"."#local0" < 954658800
                    THEN CASE
                      WHEN "t19"."#local0" < 909295200
                      THEN CASE WHEN "t19"."#local0" < 891759600 THEN -18000 ELSE -14400 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 923209200
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 941349600 THEN -14400 ELSE -18000 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 1004248800
                      THEN CASE
                        WHEN "t19"."#local0" < 972799200
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 986108400 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1018162800
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 1035698400 THEN -14400 ELSE -18000 END
                      END
                    END
                  END
                END
                ELSE CASE
                  WHEN "t19"."#local0" < 1225605600
                  THEN CASE
                    WHEN "t19"."#local0" < 1130652000
                    THEN CASE
                      WHEN "t19"."#local0" < 1081062000
                      THEN CASE WHEN "t19"."#local0" < 1067148000 THEN -14400 ELSE -18000 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1099202400
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 1112511600 THEN -18000 ELSE -14400 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 1173596400
                      THEN CASE
                        WHEN "t19"."#local0" < 1143961200
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 1162101600 THEN -14400 ELSE -18000 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1194156000
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 1205046000 THEN -18000 ELSE -14400 END
                      END
                    END
                  END
                  ELSE CASE
                    WHEN "t19"."#local0" < 1320559200
                    THEN CASE
                      WHEN "t19"."#local0" < 1268550000
                      THEN CASE
                        WHEN "t19"."#local0" < 1236495600
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 1257055200 THEN -14400 ELSE -18000 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1289109600
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 1299999600 THEN -18000 ELSE -14400 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 1362898800
                      THEN CASE
                        WHEN "t19"."#local0" < 1331449200
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 1352008800 THEN -14400 ELSE -18000 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1383458400
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 1394348400 THEN -18000 ELSE -14400 END
                      END
                    END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t19"."#local0" < 2120108400
              THEN CASE
                WHEN "t19"."#local0" < 1762063200
                THEN CASE
                  WHEN "t19"."#local0" < 1583650800
                  THEN CASE
                    WHEN "t19"."#local0" < 1489302000
                    THEN CASE
                      WHEN "t19"."#local0" < 1446357600
                      THEN CASE WHEN "t19"."#local0" < 1425798000 THEN -18000 ELSE -14400 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1457852400
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 1478412000 THEN -14400 ELSE -18000 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 1541311200
                      THEN CASE
                        WHEN "t19"."#local0" < 1509861600
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 1520751600 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1552201200
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 1572760800 THEN -14400 ELSE -18000 END
                      END
                    END
                  END
                  ELSE CASE
                    WHEN "t19"."#local0" < 1667714400
                    THEN CASE
                      WHEN "t19"."#local0" < 1615705200
                      THEN CASE WHEN "t19"."#local0" < 1604210400 THEN -14400 ELSE -18000 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1636264800
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 1647154800 THEN -18000 ELSE -14400 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 1710054000
                      THEN CASE
                        WHEN "t19"."#local0" < 1678604400
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 1699164000 THEN -14400 ELSE -18000 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1730613600
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 1741503600 THEN -18000 ELSE -14400 END
                      END
                    END
                  END
                END
                ELSE CASE
                  WHEN "t19"."#local0" < 1930806000
                  THEN CASE
                    WHEN "t19"."#local0" < 1836457200
                    THEN CASE
                      WHEN "t19"."#local0" < 1793512800
                      THEN CASE WHEN "t19"."#local0" < 1772953200 THEN -18000 ELSE -14400 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1805007600
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 1825567200 THEN -14400 ELSE -18000 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 1888466400
                      THEN CASE
                        WHEN "t19"."#local0" < 1857016800
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 1867906800 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1899356400
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 1919916000 THEN -14400 ELSE -18000 END
                      END
                    END
                  END
                  ELSE CASE
                    WHEN "t19"."#local0" < 2025759600
                    THEN CASE
                      WHEN "t19"."#local0" < 1983420000
                      THEN CASE
                        WHEN "t19"."#local0" < 1951365600
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 1962860400 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 1994310000
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 2014869600 THEN -14400 ELSE -18000 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 2077768800
                      THEN CASE
                        WHEN "t19"."#local0" < 2046319200
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 2057209200 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 2088658800
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 2109218400 THEN -14400 ELSE -18000 END
                      END
                    END
                  END
                END
              END
              ELSE CASE
                WHEN "t19"."#local0" < 2487823200
                THEN CASE
                  WHEN "t19"."#local0" < 2298520800
                  THEN CASE
                    WHEN "t19"."#local0" < 2204172000
                    THEN CASE
                      WHEN "t19"."#local0" < 2152162800
                      THEN CASE WHEN "t19"."#local0" < 2140668000 THEN -14400 ELSE -18000 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 2172722400
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 2183612400 THEN -18000 ELSE -14400 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 2246511600
                      THEN CASE
                        WHEN "t19"."#local0" < 2215062000
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 2235621600 THEN -14400 ELSE -18000 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 2267071200
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 2277961200 THEN -18000 ELSE -14400 END
                      END
                    END
                  END
                  ELSE CASE
                    WHEN "t19"."#local0" < 2393474400
                    THEN CASE
                      WHEN "t19"."#local0" < 2341465200
                      THEN CASE
                        WHEN "t19"."#local0" < 2309410800
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 2329970400 THEN -14400 ELSE -18000 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 2362024800
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 2372914800 THEN -18000 ELSE -14400 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 2435814000
                      THEN CASE
                        WHEN "t19"."#local0" < 2404364400
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 2424924000 THEN -14400 ELSE -18000 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 2456373600
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 2467263600 THEN -18000 ELSE -14400 END
                      END
                    END
                  END
                END
                ELSE CASE
                  WHEN "t19"."#local0" < 2656566000
                  THEN CASE
                    WHEN "t19"."#local0" < 2562217200
                    THEN CASE
                      WHEN "t19"."#local0" < 2519877600
                      THEN CASE WHEN "t19"."#local0" < 2499318000 THEN -18000 ELSE -14400 END
                      ELSE CASE
                        WHEN "t19"."#local0" < 2530767600
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 2551327200 THEN -14400 ELSE -18000 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 2614226400
                      THEN CASE
                        WHEN "t19"."#local0" < 2582776800
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 2593666800 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 2625116400
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 2645676000 THEN -14400 ELSE -18000 END
                      END
                    END
                  END
                  ELSE CASE
                    WHEN "t19"."#local0" < 2751519600
                    THEN CASE
                      WHEN "t19"."#local0" < 2709180000
                      THEN CASE
                        WHEN "t19"."#local0" < 2677125600
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 2688620400 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 2720070000
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 2740629600 THEN -14400 ELSE -18000 END
                      END
                    END
                    ELSE CASE
                      WHEN "t19"."#local0" < 2803528800
                      THEN CASE
                        WHEN "t19"."#local0" < 2772079200
                        THEN -14400
                        ELSE CASE WHEN "t19"."#local0" < 2782969200 THEN -18000 ELSE -14400 END
                      END
                      ELSE CASE
                        WHEN "t19"."#local0" < 2814418800
                        THEN -18000
                        ELSE CASE WHEN "t19"."#local0" < 2834978400 THEN -14400 ELSE -18000 END
                      END
                    END
                  END
                END
              END
            END
          END
        ) AS TIMESTAMP(6))) AS BIGINT) AS "value.kinds_of_hour"
      FROM "t16" AS "t19"
    ) AS "t77"
    WHERE
      "t77"."value.kinds_of_hour" IS NOT NULL
  ) AS "t84"
)
SELECT
  "t144"."row",
  "t144"."at",
  CASE
    WHEN ABS("t144"."timed.level") <= 3.4028234663852886e+38
    THEN "t144"."timed.level"
    ELSE NULL
  END AS "level",
  "t144"."fixed.name" AS "name",
  CASE
    WHEN ABS("t144"."x" + "t144"."n") <= 3.4028234663852886e+38
    THEN "t144"."x" + "t144"."n"
    ELSE NULL
  END AS "plus",
  "t144"."n" - "t144"."m" AS "minus",
  CASE
    WHEN ABS("t144"."x" * "t144"."n") <= 3.4028234663852886e+38
    THEN "t144"."x" * "t144"."n"
    ELSE NULL
  END AS "times",
  CASE
    WHEN ABS("t144"."x" / NULLIF(CAST("t144"."n" AS DOUBLE), 0.0)) <= 3.4028234663852886e+38
    THEN "t144"."x" / NULLIF(CAST("t144"."n" AS DOUBLE), 0.0)
    ELSE NULL
  END AS "ratio",
  CASE
    WHEN ABS(CAST("t144"."n" AS DOUBLE) / NULLIF(CAST("t144"."m" AS DOUBLE), 0.0)) <= 3.4028234663852886e+38
    THEN CAST("t144"."n" AS DOUBLE) / NULLIF(CAST("t144"."m" AS DOUBLE), 0.0)
    ELSE NULL
  END AS "whole_ratio",
  CASE
    WHEN ABS(-(
      "t144"."x"
    )) <= 3.4028234663852886e+38
    THEN -(
      "t144"."x"
    )
    ELSE NULL
  END AS "negative",
  ABS("t144"."n") AS "absolute",
  CASE
    WHEN ABS("t144"."x") <= 9007199254740992.0
    THEN CAST(FLOOR(CASE WHEN ABS("t144"."x") <= 9007199254740992.0 THEN "t144"."x" ELSE 0 END) AS BIGINT)
    ELSE NULL
  END AS "floored",
  CASE
    WHEN ABS("t144"."x") <= 9007199254740992.0
    THEN CAST(CEIL(CASE WHEN ABS("t144"."x") <= 9007199254740992.0 THEN "t144"."x" ELSE 0 END) AS BIGINT)
    ELSE NULL
  END AS "ceiled",
  CASE
    WHEN ABS(
      CASE
        WHEN "t144"."x" >= 0
        THEN SQRT(CASE WHEN "t144"."x" >= 0 THEN "t144"."x" ELSE 0 END)
        ELSE NULL
      END
    ) <= 3.4028234663852886e+38
    THEN CASE
      WHEN "t144"."x" >= 0
      THEN SQRT(CASE WHEN "t144"."x" >= 0 THEN "t144"."x" ELSE 0 END)
      ELSE NULL
    END
    ELSE NULL
  END AS "root",
  CASE
    WHEN ABS(
      CASE
        WHEN "t144"."x" > 0
        THEN LN(CASE WHEN "t144"."x" > 0 THEN "t144"."x" ELSE 1 END)
        ELSE NULL
      END
    ) <= 3.4028234663852886e+38
    THEN CASE
      WHEN "t144"."x" > 0
      THEN LN(CASE WHEN "t144"."x" > 0 THEN "t144"."x" ELSE 1 END)
      ELSE NULL
    END
    ELSE NULL
  END AS "log",
  CASE
    WHEN ABS(
      CASE
        WHEN "t144"."x" <= 700
        THEN EXP(CASE WHEN "t144"."x" <= 700 THEN "t144"."x" ELSE 0 END)
        ELSE NULL
      END
    ) <= 3.4028234663852886e+38
    THEN CASE
      WHEN "t144"."x" <= 700
      THEN EXP(CASE WHEN "t144"."x" <= 700 THEN "t144"."x" ELSE 0 END)
      ELSE NULL
    END
    ELSE NULL
  END AS "power",
  CASE
    WHEN ABS(
      CASE
        WHEN (
          "t144"."x" IS NULL
        ) OR (
          "t144"."n" IS NULL
        ) OR (
          3 IS NULL
        )
        THEN NULL
        ELSE LEAST("t144"."x", "t144"."n", 3)
      END
    ) <= 3.4028234663852886e+38
    THEN CASE
      WHEN (
        "t144"."x" IS NULL
      ) OR (
        "t144"."n" IS NULL
      ) OR (
        3 IS NULL
      )
      THEN NULL
      ELSE LEAST("t144"."x", "t144"."n", 3)
    END
    ELSE NULL
  END AS "smallest",
  CASE
    WHEN (
      "t144"."n" IS NULL
    ) OR (
      "t144"."m" IS NULL
    )
    THEN NULL
    ELSE GREATEST("t144"."n", "t144"."m")
  END AS "largest",
  "t144"."x" = "t144"."y" AS "equal",
  "t144"."s" = "t144"."u" AS "text_equal",
  "t144"."n" <> "t144"."m" AS "unequal",
  "t144"."x" < "t144"."n" AS "less",
  "t144"."s" < "t144"."u" AS "text_less",
  "t144"."n" <= "t144"."m" AS "at_most",
  "t144"."t" > "t144"."v" AS "later",
  "t144"."s" >= "t144"."u" AS "at_least",
  "t144"."b" AND (
    "t144"."x" > 0
  ) AS "both",
  "t144"."b" OR "t144"."c" AS "either",
  NOT (
    "t144"."b"
  ) AS "inverse",
  "t144"."s" IS NULL AS "unknown",
  NOT (
    "t144"."t" IS NULL
  ) AS "known",
  "t144"."s" IN ('a', 'b', '') AS "listed",
  "t144"."n" IN (1, 2, 3) AS "listed_numbers",
  CASE WHEN "t144"."x" > 0 THEN 'up' WHEN "t144"."b" THEN "t144"."s" ELSE NULL END AS "chosen",
  CASE
    WHEN ABS(CASE WHEN "t144"."s" = 'a' THEN 1 ELSE 2.5 END) <= 3.4028234663852886e+38
    THEN CASE WHEN "t144"."s" = 'a' THEN 1 ELSE 2.5 END
    ELSE NULL
  END AS "chosen_number",
  (
    "t144"."x" >= 0
  ) AND (
    "t144"."x" <= 10
  ) AS "between",
  CASE
    WHEN ABS(COALESCE("t144"."x", "t144"."n", 0)) <= 3.4028234663852886e+38
    THEN COALESCE("t144"."x", "t144"."n", 0)
    ELSE NULL
  END AS "filled",
  CASE WHEN "t144"."n" = 0 THEN NULL ELSE "t144"."n" END AS "nulled",
  TRANSLATE("t144"."s", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') AS "small_letters",
  TRANSLATE("t144"."s", 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') AS "capitals",
  CAST(LENGTH("t144"."s") AS BIGINT) AS "characters",
  "t144"."s" || '-' || "t144"."u" AS "joined",
  CASE
    WHEN ABS(CAST("t144"."n" AS DOUBLE)) <= 3.4028234663852886e+38
    THEN CAST("t144"."n" AS DOUBLE)
    ELSE NULL
  END AS "as_real",
  CAST("t144"."b" AS BIGINT) AS "as_whole",
  CAST(EXTRACT(hour FROM "t144"."#local0") AS BIGINT) AS "hour_of",
  CAST(EXTRACT(minute FROM "t144"."#local0") AS BIGINT) AS "minute_of",
  CAST((
    (
      DAYOFWEEK("t144"."#local0") + 6
    ) % 7
  ) + 1 AS BIGINT) AS "weekday",
  CAST(EXTRACT(day FROM "t144"."#local0") AS BIGINT) AS "day_of",
  CAST(EXTRACT(month FROM "t144"."#local0") AS BIGINT) AS "month_of",
  CAST(EXTRACT(year FROM "t144"."#local0") AS BIGINT) AS "year_of",
  CAST(EXTRACT(dayofyear FROM "t144"."#local0") AS BIGINT) AS "yearday",
  CAST((
    (
      DAYOFWEEK(CAST("t144"."d" AS TIMESTAMP(6))) + 6
    ) % 7
  ) + 1 AS BIGINT) AS "date_weekday",
  CAST(EXTRACT(dayofyear FROM CAST("t144"."d" AS TIMESTAMP(6))) AS BIGINT) AS "date_yearday",
  CAST(EXTRACT(hour FROM CAST("t144"."d" AS TIMESTAMP(6))) AS BIGINT) AS "date_hour",
  CASE
    WHEN ABS(
      CAST(CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t144"."v") AS TIMESTAMP)) AS BIGINT) - CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t144"."t") AS TIMESTAMP)) AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
    ) <= 3.4028234663852886e+38
    THEN CAST(CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t144"."v") AS TIMESTAMP)) AS BIGINT) - CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t144"."t") AS TIMESTAMP)) AS BIGINT) AS DOUBLE) / NULLIF(CAST(60 AS DOUBLE), 0.0)
    ELSE NULL
  END AS "elapsed",
  "t144"."history.counted" AS "past_counted",
  CASE
    WHEN ABS("t144"."history.averaged") <= 3.4028234663852886e+38
    THEN "t144"."history.averaged"
    ELSE NULL
  END AS "past_averaged",
  CASE
    WHEN ABS("t144"."history.averaged_floats") <= 3.4028234663852886e+38
    THEN "t144"."history.averaged_floats"
    ELSE NULL
  END AS "past_averaged_floats",
  "t144"."history.added" AS "past_added",
  CASE
    WHEN ABS("t144"."history.added_floats") <= 3.4028234663852886e+38
    THEN "t144"."history.added_floats"
    ELSE NULL
  END AS "past_added_floats",
  "t144"."history.smallest_text" AS "past_smallest_text",
  "t144"."history.largest_truth" AS "past_largest_truth",
  "t144"."history.latest_label" AS "past_latest_label",
  CASE
    WHEN ABS("t144"."history.label_share") <= 3.4028234663852886e+38
    THEN "t144"."history.label_share"
    ELSE NULL
  END AS "past_label_share",
  CASE
    WHEN ABS("t144"."history.days") <= 3.4028234663852886e+38
    THEN "t144"."history.days"
    ELSE NULL
  END AS "past_days",
  "t144"."history.kinds_of_float" AS "past_kinds_of_float",
  "t144"."history.kinds_of_hour" AS "past_kinds_of_hour",
  "t144"."late",
  "t144"."late_at" AS "label_known_at",
  "t144"."timed__known_at",
  "t144"."history__0__at",
  "t144"."history__1__at",
  "t144"."history__2__at",
  "t144"."history__3__at",
  "t144"."history__4__at",
  "t144"."history__5__at"
FROM (
  SELECT
    "t143"."row",
    "t143"."at",
    "t143"."x",
    "t143"."y",
    "t143"."n",
    "t143"."m",
    "t143"."s",
    "t143"."u",
    "t143"."b",
    "t143"."c",
    "t143"."t",
    "t143"."v",
    "t143"."d",
    "t143"."late",
    "t143"."late_at",
    "t143"."timed__known_at",
    "t143"."timed.level",
    "t143"."fixed.name",
    "t143"."#event_us",
    "t143"."history.counted",
    "t143"."history.averaged",
    "t143"."history__0__at",
    "t143"."history.averaged_floats",
    "t143"."history__1__at",
    "t143"."history.kinds_of_float",
    "t143"."history.kinds_of_hour",
    "t143"."history.added",
    "t143"."history.added_floats",
    "t143"."history__2__at",
    "t143"."history.smallest_text",
    "t143"."history.largest_truth",
    "t143"."history__3__at",
    "t143"."history.label_share",
    "t143"."history__4__at",
    "t143"."history.latest_label",
    "t143"."history.days",
    "t143"."history__5__at",
    CAST(TO_TIMESTAMP(
      "t143"."#local0" + CASE
        WHEN "t143"."#local0" < 1414908000
        THEN CASE
          WHEN "t143"."#local0" < 702457200
          THEN CASE
            WHEN "t143"."#local0" < 341388000
            THEN CASE
              WHEN "t143"."#local0" < 162370800
              THEN CASE
                WHEN "t143"."#local0" < 73465200
                THEN CASE
                  WHEN "t143"."#local0" < 25682400
                  THEN CASE WHEN "t143"."#local0" < 9961200 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 41410800
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 57736800 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 120636000
                  THEN CASE
                    WHEN "t143"."#local0" < 89186400
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 104914800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 126687600
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 152085600 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t143"."#local0" < 247039200
                THEN CASE
                  WHEN "t143"."#local0" < 199263600
                  THEN CASE WHEN "t143"."#local0" < 183535200 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 215589600
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 230713200 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 294217200
                  THEN CASE
                    WHEN "t143"."#local0" < 262767600
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 278488800 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 309938400
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 325666800 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t143"."#local0" < 514969200
              THEN CASE
                WHEN "t143"."#local0" < 420015600
                THEN CASE
                  WHEN "t143"."#local0" < 372837600
                  THEN CASE WHEN "t143"."#local0" < 357116400 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 388566000
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 404892000 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 467791200
                  THEN CASE
                    WHEN "t143"."#local0" < 436341600
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 452070000 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 483519600
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 499240800 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t143"."#local0" < 607503600
                THEN CASE
                  WHEN "t143"."#local0" < 562140000
                  THEN CASE
                    WHEN "t143"."#local0" < 530690400
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 544604400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 576054000
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 594194400 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 657093600
                  THEN CASE
                    WHEN "t143"."#local0" < 625644000
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 638953200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 671007600
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 688543200 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN "t143"."#local0" < 1049612400
            THEN CASE
              WHEN "t143"."#local0" < 877845600
              THEN CASE
                WHEN "t143"."#local0" < 783496800
                THEN CASE
                  WHEN "t143"."#local0" < 733906800
                  THEN CASE WHEN "t143"."#local0" < 719992800 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 752047200
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 765356400 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 828860400
                  THEN CASE
                    WHEN "t143"."#local0" < 796806000
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 814946400 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 846396000
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 860310000 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t143"."#local0" < 954658800
                THEN CASE
                  WHEN "t143"."#local0" < 909295200
                  THEN CASE WHEN "t143"."#local0" < 891759600 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 923209200
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 941349600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 1004248800
                  THEN CASE
                    WHEN "t143"."#local0" < 972799200
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 986108400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1018162800
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 1035698400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t143"."#local0" < 1225605600
              THEN CASE
                WHEN "t143"."#local0" < 1130652000
                THEN CASE
                  WHEN "t143"."#local0" < 1081062000
                  THEN CASE WHEN "t143"."#local0" < 1067148000 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1099202400
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 1112511600 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 1173596400
                  THEN CASE
                    WHEN "t143"."#local0" < 1143961200
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 1162101600 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1194156000
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 1205046000 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t143"."#local0" < 1320559200
                THEN CASE
                  WHEN "t143"."#local0" < 1268550000
                  THEN CASE
                    WHEN "t143"."#local0" < 1236495600
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 1257055200 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1289109600
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 1299999600 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 1362898800
                  THEN CASE
                    WHEN "t143"."#local0" < 1331449200
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 1352008800 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1383458400
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 1394348400 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
          END
        END
        ELSE CASE
          WHEN "t143"."#local0" < 2120108400
          THEN CASE
            WHEN "t143"."#local0" < 1762063200
            THEN CASE
              WHEN "t143"."#local0" < 1583650800
              THEN CASE
                WHEN "t143"."#local0" < 1489302000
                THEN CASE
                  WHEN "t143"."#local0" < 1446357600
                  THEN CASE WHEN "t143"."#local0" < 1425798000 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1457852400
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 1478412000 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 1541311200
                  THEN CASE
                    WHEN "t143"."#local0" < 1509861600
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 1520751600 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1552201200
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 1572760800 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t143"."#local0" < 1667714400
                THEN CASE
                  WHEN "t143"."#local0" < 1615705200
                  THEN CASE WHEN "t143"."#local0" < 1604210400 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1636264800
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 1647154800 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 1710054000
                  THEN CASE
                    WHEN "t143"."#local0" < 1678604400
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 1699164000 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1730613600
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 1741503600 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t143"."#local0" < 1930806000
              THEN CASE
                WHEN "t143"."#local0" < 1836457200
                THEN CASE
                  WHEN "t143"."#local0" < 1793512800
                  THEN CASE WHEN "t143"."#local0" < 1772953200 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1805007600
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 1825567200 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 1888466400
                  THEN CASE
                    WHEN "t143"."#local0" < 1857016800
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 1867906800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1899356400
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 1919916000 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t143"."#local0" < 2025759600
                THEN CASE
                  WHEN "t143"."#local0" < 1983420000
                  THEN CASE
                    WHEN "t143"."#local0" < 1951365600
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 1962860400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 1994310000
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 2014869600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 2077768800
                  THEN CASE
                    WHEN "t143"."#local0" < 2046319200
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 2057209200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 2088658800
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 2109218400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN "t143"."#local0" < 2487823200
            THEN CASE
              WHEN "t143"."#local0" < 2298520800
              THEN CASE
                WHEN "t143"."#local0" < 2204172000
                THEN CASE
                  WHEN "t143"."#local0" < 2152162800
                  THEN CASE WHEN "t143"."#local0" < 2140668000 THEN -14400 ELSE -18000 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 2172722400
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 2183612400 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 2246511600
                  THEN CASE
                    WHEN "t143"."#local0" < 2215062000
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 2235621600 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 2267071200
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 2277961200 THEN -18000 ELSE -14400 END
                  END
                END
              END
              ELSE CASE
                WHEN "t143"."#local0" < 2393474400
                THEN CASE
                  WHEN "t143"."#local0" < 2341465200
                  THEN CASE
                    WHEN "t143"."#local0" < 2309410800
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 2329970400 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 2362024800
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 2372914800 THEN -18000 ELSE -14400 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 2435814000
                  THEN CASE
                    WHEN "t143"."#local0" < 2404364400
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 2424924000 THEN -14400 ELSE -18000 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 2456373600
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 2467263600 THEN -18000 ELSE -14400 END
                  END
                END
              END
            END
            ELSE CASE
              WHEN "t143"."#local0" < 2656566000
              THEN CASE
                WHEN "t143"."#local0" < 2562217200
                THEN CASE
                  WHEN "t143"."#local0" < 2519877600
                  THEN CASE WHEN "t143"."#local0" < 2499318000 THEN -18000 ELSE -14400 END
                  ELSE CASE
                    WHEN "t143"."#local0" < 2530767600
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 2551327200 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 2614226400
                  THEN CASE
                    WHEN "t143"."#local0" < 2582776800
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 2593666800 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 2625116400
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 2645676000 THEN -14400 ELSE -18000 END
                  END
                END
              END
              ELSE CASE
                WHEN "t143"."#local0" < 2751519600
                THEN CASE
                  WHEN "t143"."#local0" < 2709180000
                  THEN CASE
                    WHEN "t143"."#local0" < 2677125600
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 2688620400 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 2720070000
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 2740629600 THEN -14400 ELSE -18000 END
                  END
                END
                ELSE CASE
                  WHEN "t143"."#local0" < 2803528800
                  THEN CASE
                    WHEN "t143"."#local0" < 2772079200
                    THEN -14400
                    ELSE CASE WHEN "t143"."#local0" < 2782969200 THEN -18000 ELSE -14400 END
                  END
                  ELSE CASE
                    WHEN "t143"."#local0" < 2814418800
                    THEN -18000
                    ELSE CASE WHEN "t143"."#local0" < 2834978400 THEN -14400 ELSE -18000 END
                  END
                END
              END
            END
          END
        END
      END
    ) AS TIMESTAMP(6)) AS "#local0"
  FROM (
    SELECT
      "t142"."row",
      "t142"."at",
      "t142"."x",
      "t142"."y",
      "t142"."n",
      "t142"."m",
      "t142"."s",
      "t142"."u",
      "t142"."b",
      "t142"."c",
      "t142"."t",
      "t142"."v",
      "t142"."d",
      "t142"."late",
      "t142"."late_at",
      "t142"."timed__known_at",
      "t142"."timed.level",
      "t142"."fixed.name",
      "t142"."#event_us",
      "t142"."history.counted",
      "t142"."history.averaged",
      "t142"."history__0__at",
      "t142"."history.averaged_floats",
      "t142"."history__1__at",
      "t142"."history.kinds_of_float",
      "t142"."history.kinds_of_hour",
      "t142"."history.added",
      "t142"."history.added_floats",
      "t142"."history__2__at",
      "t142"."history.smallest_text",
      "t142"."history.largest_truth",
      "t142"."history__3__at",
      "t142"."history.label_share",
      "t142"."history__4__at",
      "t142"."history.latest_label",
      "t142"."history.days",
      "t142"."history__5__at",
      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t142"."t") AS TIMESTAMP)) AS BIGINT) AS "#local0"
    FROM (
      SELECT
        "t141".*
        EXCLUDE ("#h5k0", "#us")
      FROM (
        SELECT
          "t140"."row",
          "t140"."at",
          "t140"."x",
          "t140"."y",
          "t140"."n",
          "t140"."m",
          "t140"."s",
          "t140"."u",
          "t140"."b",
          "t140"."c",
          "t140"."t",
          "t140"."v",
          "t140"."d",
          "t140"."late",
          "t140"."late_at",
          "t140"."timed__known_at",
          "t140"."timed.level",
          "t140"."fixed.name",
          "t140"."#event_us",
          "t140"."history.counted",
          "t140"."history.averaged",
          "t140"."history__0__at",
          "t140"."history.averaged_floats",
          "t140"."history__1__at",
          "t140"."history.kinds_of_float",
          "t140"."history.kinds_of_hour",
          "t140"."history.added",
          "t140"."history.added_floats",
          "t140"."history__2__at",
          "t140"."history.smallest_text",
          "t140"."history.largest_truth",
          "t140"."history__3__at",
          "t140"."history.label_share",
          "t140"."history__4__at",
          "t140"."history.latest_label",
          "t98"."#h5k0",
          "t98"."#us",
          "t98"."history.days",
          "t98"."history__5__at"
        FROM (
          SELECT
            "t138".*
            EXCLUDE ("#h4k0", "#us")
          FROM (
            SELECT
              "t137"."row",
              "t137"."at",
              "t137"."x",
              "t137"."y",
              "t137"."n",
              "t137"."m",
              "t137"."s",
              "t137"."u",
              "t137"."b",
              "t137"."c",
              "t137"."t",
              "t137"."v",
              "t137"."d",
              "t137"."late",
              "t137"."late_at",
              "t137"."timed__known_at",
              "t137"."timed.level",
              "t137"."fixed.name",
              "t137"."#event_us",
              "t137"."history.counted",
              "t137"."history.averaged",
              "t137"."history__0__at",
              "t137"."history.averaged_floats",
              "t137"."history__1__at",
              "t137"."history.kinds_of_float",
              "t137"."history.kinds_of_hour",
              "t137"."history.added",
              "t137"."history.added_floats",
              "t137"."history__2__at",
              "t137"."history.smallest_text",
              "t137"."history.largest_truth",
              "t137"."history__3__at",
              "t117"."#h4k0",
              "t117"."#us",
              "t117"."history.label_share",
              "t117"."history__4__at",
              "t117"."history.latest_label"
            FROM (
              SELECT
                "t135".*
                EXCLUDE ("#us")
              FROM (
                SELECT
                  "t134"."row",
                  "t134"."at",
                  "t134"."x",
                  "t134"."y",
                  "t134"."n",
                  "t134"."m",
                  "t134"."s",
                  "t134"."u",
                  "t134"."b",
                  "t134"."c",
                  "t134"."t",
                  "t134"."v",
                  "t134"."d",
                  "t134"."late",
                  "t134"."late_at",
                  "t134"."timed__known_at",
                  "t134"."timed.level",
                  "t134"."fixed.name",
                  "t134"."#event_us",
                  "t134"."history.counted",
                  "t134"."history.averaged",
                  "t134"."history__0__at",
                  "t134"."history.averaged_floats",
                  "t134"."history__1__at",
                  "t134"."history.kinds_of_float",
                  "t134"."history.kinds_of_hour",
                  "t134"."history.added",
                  "t134"."history.added_floats",
                  "t134"."history__2__at",
                  "t87"."#us",
                  "t87"."history.smallest_text",
                  "t87"."history.largest_truth",
                  "t87"."history__3__at"
                FROM (
                  SELECT
                    "t132".*
                    EXCLUDE ("#h2k0", "#h2k1", "#us")
                  FROM (
                    SELECT
                      "t131"."row",
                      "t131"."at",
                      "t131"."x",
                      "t131"."y",
                      "t131"."n",
                      "t131"."m",
                      "t131"."s",
                      "t131"."u",
                      "t131"."b",
                      "t131"."c",
                      "t131"."t",
                      "t131"."v",
                      "t131"."d",
                      "t131"."late",
                      "t131"."late_at",
                      "t131"."timed__known_at",
                      "t131"."timed.level",
                      "t131"."fixed.name",
                      "t131"."#event_us",
                      "t131"."history.counted",
                      "t131"."history.averaged",
                      "t131"."history__0__at",
                      "t131"."history.averaged_floats",
                      "t131"."history__1__at",
                      "t131"."history.kinds_of_float",
                      "t131"."history.kinds_of_hour",
                      "t93"."#h2k0",
                      "t93"."#h2k1",
                      "t93"."#us",
                      "t93"."history.added",
                      "t93"."history.added_floats",
                      "t93"."history__2__at"
                    FROM (
                      SELECT
                        "t129".*
                        EXCLUDE ("#h1k0", "#us")
                      FROM (
                        SELECT
                          "t128"."row",
                          "t128"."at",
                          "t128"."x",
                          "t128"."y",
                          "t128"."n",
                          "t128"."m",
                          "t128"."s",
                          "t128"."u",
                          "t128"."b",
                          "t128"."c",
                          "t128"."t",
                          "t128"."v",
                          "t128"."d",
                          "t128"."late",
                          "t128"."late_at",
                          "t128"."timed__known_at",
                          "t128"."timed.level",
                          "t128"."fixed.name",
                          "t128"."#event_us",
                          "t128"."history.counted",
                          "t128"."history.averaged",
                          "t128"."history__0__at",
                          "t128"."history.averaged_floats",
                          "t128"."history__1__at",
                          "t128"."history.kinds_of_float",
                          "t120"."#h1k0",
                          "t120"."#us",
                          "t120"."history.kinds_of_hour"
                        FROM (
                          SELECT
                            "t126".*
                            EXCLUDE ("#h1k0", "#us")
                          FROM (
                            SELECT
                              "t125"."row",
                              "t125"."at",
                              "t125"."x",
                              "t125"."y",
                              "t125"."n",
                              "t125"."m",
                              "t125"."s",
                              "t125"."u",
                              "t125"."b",
                              "t125"."c",
                              "t125"."t",
                              "t125"."v",
                              "t125"."d",
                              "t125"."late",
                              "t125"."late_at",
                              "t125"."timed__known_at",
                              "t125"."timed.level",
                              "t125"."fixed.name",
                              "t125"."#event_us",
                              "t125"."history.counted",
                              "t125"."history.averaged",
                              "t125"."history__0__at",
                              "t125"."history.averaged_floats",
                              "t125"."history__1__at",
                              "t108"."#h1k0",
                              "t108"."#us",
                              "t108"."history.kinds_of_float"
                            FROM (
                              SELECT
                                "t123".*
                                EXCLUDE ("#h1k0", "#us")
                              FROM (
                                SELECT
                                  "t122"."row",
                                  "t122"."at",
                                  "t122"."x",
                                  "t122"."y",
                                  "t122"."n",
                                  "t122"."m",
                                  "t122"."s",
                                  "t122"."u",
                                  "t122"."b",
                                  "t122"."c",
                                  "t122"."t",
                                  "t122"."v",
                                  "t122"."d",
                                  "t122"."late",
                                  "t122"."late_at",
                                  "t122"."timed__known_at",
                                  "t122"."timed.level",
                                  "t122"."fixed.name",
                                  "t122"."#event_us",
                                  "t122"."history.counted",
                                  "t122"."history.averaged",
                                  "t122"."history__0__at",
                                  "t91"."#h1k0",
                                  "t91"."#us",
                                  "t91"."history.averaged_floats",
                                  "t91"."history__1__at"
                                FROM (
                                  SELECT
                                    "t119".*
                                    EXCLUDE ("#h0k0", "#us")
                                  FROM (
                                    SELECT
                                      "t115"."row",
                                      "t115"."at",
                                      "t115"."x",
                                      "t115"."y",
                                      "t115"."n",
                                      "t115"."m",
                                      "t115"."s",
                                      "t115"."u",
                                      "t115"."b",
                                      "t115"."c",
                                      "t115"."t",
                                      "t115"."v",
                                      "t115"."d",
                                      "t115"."late",
                                      "t115"."late_at",
                                      "t115"."timed__known_at",
                                      "t115"."timed.level",
                                      "t115"."fixed.name",
                                      "t115"."#event_us",
                                      "t101"."#h0k0",
                                      "t101"."#us",
                                      "t101"."history.counted",
                                      "t101"."history.averaged",
                                      "t101"."history__0__at"
                                    FROM (
                                      SELECT
                                        "t105"."row",
                                        "t105"."at",
                                        "t105"."x",
                                        "t105"."y",
                                        "t105"."n",
                                        "t105"."m",
                                        "t105"."s",
                                        "t105"."u",
                                        "t105"."b",
                                        "t105"."c",
                                        "t105"."t",
                                        "t105"."v",
                                        "t105"."d",
                                        "t105"."late",
                                        "t105"."late_at",
                                        "t105"."timed__known_at",
                                        "t105"."timed.level",
                                        "t105"."fixed.name",
                                        (
                                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t105"."at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                        ) + CAST(EXTRACT('MICROSECOND' FROM "t105"."at") % 1000000 AS BIGINT) AS "#event_us"
                                      FROM (
                                        SELECT
                                          "t104".*
                                          EXCLUDE ("fixed#u")
                                        FROM (
                                          SELECT
                                            "t97"."row",
                                            "t97"."at",
                                            "t97"."x",
                                            "t97"."y",
                                            "t97"."n",
                                            "t97"."m",
                                            "t97"."s",
                                            "t97"."u",
                                            "t97"."b",
                                            "t97"."c",
                                            "t97"."t",
                                            "t97"."v",
                                            "t97"."d",
                                            "t97"."late",
                                            "t97"."late_at",
                                            "t97"."timed__known_at",
                                            "t97"."timed.level",
                                            "t12"."fixed#u",
                                            "t12"."fixed.name"
                                          FROM (
                                            SELECT
                                              "t90".*
                                              EXCLUDE ("timed#known", "timed#s")
                                            FROM (
                                              SELECT
                                                "t81"."row",
                                                "t81"."at",
                                                "t81"."x",
                                                "t81"."y",
                                                "t81"."n",
                                                "t81"."m",
                                                "t81"."s",
                                                "t81"."u",
                                                "t81"."b",
                                                "t81"."c",
                                                "t81"."t",
                                                "t81"."v",
                                                "t81"."d",
                                                "t81"."late",
                                                "t81"."late_at",
                                                "t81"."timed__known_at",
                                                "t13"."timed#s",
                                                "t13"."timed.level",
                                                "t13"."timed#known"
                                              FROM (
                                                SELECT
                                                  "t75".*
                                                  EXCLUDE ("timed#at", "timed#k0")
                                                FROM (
                                                  SELECT
                                                    "t6"."row",
                                                    "t6"."at",
                                                    "t6"."x",
                                                    "t6"."y",
                                                    "t6"."n",
                                                    "t6"."m",
                                                    "t6"."s",
                                                    "t6"."u",
                                                    "t6"."b",
                                                    "t6"."c",
                                                    "t6"."t",
                                                    "t6"."v",
                                                    "t6"."d",
                                                    "t6"."late",
                                                    "t6"."late_at",
                                                    "t64"."timed#k0",
                                                    "t64"."timed#at",
                                                    "t64"."timed__known_at"
                                                  FROM "events" AS "t6"
                                                  LEFT OUTER JOIN (
                                                    SELECT
                                                      "t30"."timed#k0",
                                                      "t30"."timed#at",
                                                      CASE
                                                        WHEN (
                                                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t30"."timed#at") AS TIMESTAMP)) AS BIGINT) - CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t30"."known") AS TIMESTAMP)) AS BIGINT)
                                                        ) <= 10800
                                                        THEN "t30"."known"
                                                        ELSE CAST(NULL AS TIMESTAMPTZ)
                                                      END AS "timed__known_at"
                                                    FROM (
                                                      SELECT
                                                        "t14"."timed#k0",
                                                        "t14"."timed#at",
                                                        MAX("t14"."known") OVER (
                                                          PARTITION BY "t14"."timed#k0"
                                                          ORDER BY "t14"."timed#at" ASC, "t14"."asks" ASC
                                                          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                                        ) AS "known",
                                                        "t14"."asks"
                                                      FROM (
                                                        SELECT
                                                          *
                                                        FROM (
                                                          SELECT
                                                            "t7"."timed#k0",
                                                            "t7"."timed#at",
                                                            CAST(NULL AS TIMESTAMPTZ) AS "known",
                                                            1 AS "asks"
                                                          FROM (
                                                            SELECT DISTINCT
                                                              "t0"."s" AS "timed#k0",
                                                              "t0"."at" AS "timed#at"
                                                            FROM "events" AS "t0"
                                                          ) AS "t7"
                                                        ) AS "t11"
                                                        UNION ALL
                                                        SELECT
                                                          *
                                                        FROM (
                                                          SELECT
                                                            "t5"."s" AS "timed#k0",
                                                            "t5"."told" AS "timed#at",
                                                            "t5"."told" AS "known",
                                                            0 AS "asks"
                                                          FROM "timed" AS "t5"
                                                          WHERE
                                                            "t5"."s" IS NOT NULL
                                                            AND "t5"."told" < MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                                        ) AS "t10"
                                                      ) AS "t14"
                                                    ) AS "t30"
                                                    WHERE
                                                      "t30"."asks" = 1
                                                  ) AS "t64"
                                                    ON "t6"."s" = "t64"."timed#k0" AND "t6"."at" = "t64"."timed#at"
                                                ) AS "t75"
                                              ) AS "t81"
                                              LEFT OUTER JOIN (
                                                SELECT
                                                  "t5"."s" AS "timed#s",
                                                  "t5"."level" AS "timed.level",
                                                  "t5"."told" AS "timed#known"
                                                FROM "timed" AS "t5"
                                                WHERE
                                                  "t5"."s" IS NOT NULL
                                                  AND "t5"."told" < MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                              ) AS "t13"
                                                ON "t81"."s" = "t13"."timed#s" AND "t81"."timed__known_at" = "t13"."timed#known"
                                            ) AS "t90"
                                          ) AS "t97"
                                          LEFT OUTER JOIN (
                                            SELECT
                                              "t4"."u" AS "fixed#u",
                                              "t4"."name" AS "fixed.name"
                                            FROM "fixed" AS "t4"
                                            WHERE
                                              "t4"."u" IS NOT NULL
                                          ) AS "t12"
                                            ON "t97"."u" = "t12"."fixed#u"
                                        ) AS "t104"
                                      ) AS "t105"
                                    ) AS "t115"
                                    LEFT OUTER JOIN (
                                      SELECT
                                        "t76"."#h0k0",
                                        "t76"."#us",
                                        "t76"."count.counted" AS "history.counted",
                                        CAST("t76"."sum.averaged" AS DOUBLE) / CAST(NULLIF("t76"."count.averaged", 0) AS DOUBLE) AS "history.averaged",
                                        CASE
                                          WHEN (
                                            (
                                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t76"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                            ) + CAST(EXTRACT('MICROSECOND' FROM "t76"."#at") % 1000000 AS BIGINT)
                                          ) > (
                                            "t76"."#us" - 86400000000
                                          )
                                          THEN "t76"."#at"
                                          ELSE CAST(NULL AS TIMESTAMPTZ)
                                        END AS "history__0__at"
                                      FROM (
                                        SELECT
                                          "t61"."#h0k0",
                                          "t61"."#us",
                                          "t61"."#asks",
                                          MAX("t61"."#at") OVER (
                                            PARTITION BY "t61"."#h0k0"
                                            ORDER BY "t61"."#us" ASC, "t61"."#asks" ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS "#at",
                                          TRY_CAST(CAST(SUM("t61"."count.counted") OVER (
                                            PARTITION BY "t61"."#h0k0"
                                            ORDER BY "t61"."#us" ASC, "t61"."#asks" ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS DECIMAL(38, 0)) AS BIGINT) AS "count.counted",
                                          TRY_CAST(CAST(SUM("t61"."sum.counted") OVER (
                                            PARTITION BY "t61"."#h0k0"
                                            ORDER BY "t61"."#us" ASC, "t61"."#asks" ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS DECIMAL(38, 0)) AS BIGINT) AS "sum.counted",
                                          TRY_CAST(CAST(SUM("t61"."count.averaged") OVER (
                                            PARTITION BY "t61"."#h0k0"
                                            ORDER BY "t61"."#us" ASC, "t61"."#asks" ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS DECIMAL(38, 0)) AS BIGINT) AS "count.averaged",
                                          TRY_CAST(CAST(SUM("t61"."sum.averaged") OVER (
                                            PARTITION BY "t61"."#h0k0"
                                            ORDER BY "t61"."#us" ASC, "t61"."#asks" ASC
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                          ) AS DECIMAL(38, 0)) AS BIGINT) AS "sum.averaged"
                                        FROM (
                                          SELECT
                                            *
                                          FROM (
                                            SELECT
                                              "t37"."#h0k0",
                                              "t37"."#us",
                                              1 AS "#asks",
                                              CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                              0 AS "count.counted",
                                              0 AS "sum.counted",
                                              0 AS "count.averaged",
                                              0 AS "sum.averaged"
                                            FROM (
                                              SELECT DISTINCT
                                                *
                                              FROM (
                                                SELECT
                                                  "t0"."s" AS "#h0k0",
                                                  (
                                                    CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                  ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."at") % 1000000 AS BIGINT) AS "#us"
                                                FROM "events" AS "t0"
                                              ) AS "t26"
                                              WHERE
                                                "t26"."#h0k0" IS NOT NULL AND "t26"."#us" IS NOT NULL
                                            ) AS "t37"
                                          ) AS "t43"
                                          UNION ALL
                                          SELECT
                                            *
                                          FROM (
                                            SELECT
                                              *
                                            FROM (
                                              SELECT
                                                "t18"."s" AS "#h0k0",
                                                (
                                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t18"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                ) + CAST(EXTRACT('MICROSECOND' FROM "t18"."#at") % 1000000 AS BIGINT) AS "#us",
                                                0 AS "#asks",
                                                "t18"."#at",
                                                1 AS "count.counted",
                                                0 AS "sum.counted",
                                                CASE WHEN "t18"."n" IS NOT NULL THEN 1 ELSE 0 END AS "count.averaged",
                                                COALESCE("t18"."n", 0) * 1 AS "sum.averaged"
                                              FROM "t15" AS "t18"
                                              WHERE
                                                "t18"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 31, 4, 0, 0.0, 'UTC')
                                                AND "t18"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                                AND "t18"."s" IS NOT NULL
                                            ) AS "t49"
                                            UNION ALL
                                            SELECT
                                              *
                                            FROM (
                                              SELECT
                                                "t18"."s" AS "#h0k0",
                                                (
                                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t18"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                                ) + CAST(EXTRACT('MICROSECOND' FROM "t18"."#at") % 1000000 AS BIGINT) + 86400000000 AS "#us",
                                                0 AS "#asks",
                                                CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                                -1 AS "count.counted",
                                                0 AS "sum.counted",
                                                CASE WHEN "t18"."n" IS NOT NULL THEN -1 ELSE 0 END AS "count.averaged",
                                                COALESCE("t18"."n", 0) * -1 AS "sum.averaged"
                                              FROM "t15" AS "t18"
                                              WHERE
                                                "t18"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 31, 4, 0, 0.0, 'UTC')
                                                AND "t18"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                                AND "t18"."s" IS NOT NULL
                                            ) AS "t52"
                                          ) AS "t56"
                                        ) AS "t61"
                                      ) AS "t76"
                                      WHERE
                                        "t76"."#asks" = 1
                                    ) AS "t101"
                                      ON "t115"."s" = "t101"."#h0k0" AND "t115"."#event_us" = "t101"."#us"
                                  ) AS "t119"
                                ) AS "t122"
                                LEFT OUTER JOIN (
                                  SELECT
                                    "t65"."#h1k0",
                                    "t65"."#us",
                                    "t65"."value.averaged_floats" AS "history.averaged_floats",
                                    CASE
                                      WHEN (
                                        (
                                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t65"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                        ) + CAST(EXTRACT('MICROSECOND' FROM "t65"."#at") % 1000000 AS BIGINT)
                                      ) > (
                                        "t65"."#us" - 86400000000
                                      )
                                      THEN "t65"."#at"
                                      ELSE CAST(NULL AS TIMESTAMPTZ)
                                    END AS "history__1__at"
                                  FROM (
                                    SELECT
                                      "t53"."#h1k0",
                                      "t53"."#us",
                                      "t53"."#asks",
                                      MAX("t53"."#at") OVER (
                                        PARTITION BY "t53"."#h1k0"
                                        ORDER BY "t53"."#us" ASC, "t53"."#asks" ASC
                                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                      ) AS "#at",
                                      AVG("t53"."value.averaged_floats") OVER (
                                        PARTITION BY "t53"."#h1k0"
                                        ORDER BY "t53"."#us" ASC
                                        RANGE BETWEEN 86399999999 preceding AND CURRENT ROW
                                      ) AS "value.averaged_floats"
                                    FROM (
                                      SELECT
                                        *
                                      FROM (
                                        SELECT
                                          "t19"."s" AS "#h1k0",
                                          (
                                            CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t19"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                          ) + CAST(EXTRACT('MICROSECOND' FROM "t19"."#at") % 1000000 AS BIGINT) AS "#us",
                                          0 AS "#asks",
                                          "t19"."#at",
                                          CASE WHEN ABS("t19"."x") <= 3.4028234663852886e+38 THEN "t19"."x" ELSE NULL END AS "value.averaged_floats"
                                        FROM "t16" AS "t19"
                                      ) AS "t50"
                                      UNION ALL
                                      SELECT
                                        *
                                      FROM (
                                        SELECT
                                          "t38"."#h1k0",
                                          "t38"."#us",
                                          1 AS "#asks",
                                          CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                          CAST(NULL AS DOUBLE) AS "value.averaged_floats"
                                        FROM "t36" AS "t38"
                                      ) AS "t47"
                                    ) AS "t53"
                                  ) AS "t65"
                                  WHERE
                                    "t65"."#asks" = 1
                                ) AS "t91"
                                  ON "t122"."s" = "t91"."#h1k0" AND "t122"."#event_us" = "t91"."#us"
                              ) AS "t123"
                            ) AS "t125"
                            LEFT OUTER JOIN (
                              SELECT
                                "t102"."#h1k0",
                                "t102"."#us",
                                "t102"."history.kinds_of_float"
                              FROM (
                                SELECT
                                  "t86"."#h1k0",
                                  "t86"."#us",
                                  "t86"."#asks",
                                  "t86"."#at",
                                  "t86"."change",
                                  TRY_CAST(CAST(SUM("t86"."change") OVER (
                                    PARTITION BY "t86"."#h1k0"
                                    ORDER BY "t86"."#us" ASC, "t86"."#asks" ASC
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                                  ) AS DECIMAL(38, 0)) AS BIGINT) AS "history.kinds_of_float"
                                FROM (
                                  SELECT
                                    *
                                  FROM "t46" AS "t51"
                                  UNION ALL
                                  SELECT
                                    *
                                  FROM (
                                    SELECT
                                      *
                                    FROM (
                                      SELECT
                                        "t68"."#h1k0",
                                        "t68"."#us",
                                        0 AS "#asks",
                                        CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                        1 AS "change"
                                      FROM "t66" AS "t68"
                                    ) AS "t72"
                                    UNION ALL
                                    SELECT
                                      *
                                    FROM (
                                      SELECT
                                        "t68"."#h1k0",
                                        LEAST("t68"."#us" + 86400000000, COALESCE("t68"."next", "t68"."#us" + 86400000000)) AS "#us",
                                        0 AS "#asks",
                                        CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                        -1 AS "change"
                                      FROM "t66" AS "t68"
                                    ) AS "t82"
                                  ) AS "t83"
                                ) AS "t86"
                              ) AS "t102"
                              WHERE
                                "t102"."#asks" = 1
                            ) AS "t108"
                              ON "t125"."s" = "t108"."#h1k0" AND "t125"."#event_us" = "t108"."#us"
                          ) AS "t126"
                        ) AS "t128"
                        LEFT OUTER JOIN (
                          SELECT
                            "t116"."#h1k0",
                            "t116"."#us",
                            "t116"."history.kinds_of_hour"
                          FROM (
                            SELECT
                              "t110"."#h1k0",
                              "t110"."#us",
                              "t110"."#asks",
                              "t110"."#at",
                              "t110"."change",
                              TRY_CAST(CAST(SUM("t110"."change") OVER (
                                PARTITION BY "t110"."#h1k0"
                                ORDER BY "t110"."#us" ASC, "t110"."#asks" ASC
                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                              ) AS DECIMAL(38, 0)) AS BIGINT) AS "history.kinds_of_hour"
                            FROM (
                              SELECT
                                *
                              FROM "t46" AS "t51"
                              UNION ALL
                              SELECT
                                *
                              FROM (
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    "t99"."#h1k0",
                                    "t99"."#us",
                                    0 AS "#asks",
                                    CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                    1 AS "change"
                                  FROM "t96" AS "t99"
                                ) AS "t103"
                                UNION ALL
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    "t99"."#h1k0",
                                    LEAST("t99"."#us" + 86400000000, COALESCE("t99"."next", "t99"."#us" + 86400000000)) AS "#us",
                                    0 AS "#asks",
                                    CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                    -1 AS "change"
                                  FROM "t96" AS "t99"
                                ) AS "t107"
                              ) AS "t109"
                            ) AS "t110"
                          ) AS "t116"
                          WHERE
                            "t116"."#asks" = 1
                        ) AS "t120"
                          ON "t128"."s" = "t120"."#h1k0" AND "t128"."#event_us" = "t120"."#us"
                      ) AS "t129"
                    ) AS "t131"
                    LEFT OUTER JOIN (
                      SELECT
                        "t67"."#h2k0",
                        "t67"."#h2k1",
                        "t67"."#us",
                        CASE WHEN "t67"."count.added" > 0 THEN "t67"."sum.added" ELSE NULL END AS "history.added",
                        "t67"."value.added_floats" AS "history.added_floats",
                        CASE
                          WHEN (
                            (
                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t67"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                            ) + CAST(EXTRACT('MICROSECOND' FROM "t67"."#at") % 1000000 AS BIGINT)
                          ) > (
                            "t67"."#us" - 7200000000
                          )
                          THEN "t67"."#at"
                          ELSE CAST(NULL AS TIMESTAMPTZ)
                        END AS "history__2__at"
                      FROM (
                        SELECT
                          "t45"."#h2k0",
                          "t45"."#h2k1",
                          "t45"."#us",
                          "t45"."#asks",
                          MAX("t45"."#at") OVER (
                            PARTITION BY "t45"."#h2k0", "t45"."#h2k1"
                            ORDER BY "t45"."#us" ASC, "t45"."#asks" ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS "#at",
                          TRY_CAST(CAST(SUM("t45"."count.added") OVER (
                            PARTITION BY "t45"."#h2k0", "t45"."#h2k1"
                            ORDER BY "t45"."#us" ASC, "t45"."#asks" ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS DECIMAL(38, 0)) AS BIGINT) AS "count.added",
                          TRY_CAST(CAST(SUM("t45"."sum.added") OVER (
                            PARTITION BY "t45"."#h2k0", "t45"."#h2k1"
                            ORDER BY "t45"."#us" ASC, "t45"."#asks" ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                          ) AS DECIMAL(38, 0)) AS BIGINT) AS "sum.added",
                          SUM("t45"."value.added_floats") OVER (
                            PARTITION BY "t45"."#h2k0", "t45"."#h2k1"
                            ORDER BY "t45"."#us" ASC
                            RANGE BETWEEN 7199999999 preceding AND CURRENT ROW
                          ) AS "value.added_floats"
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t35"."#h2k0",
                              "t35"."#h2k1",
                              "t35"."#us",
                              1 AS "#asks",
                              CAST(NULL AS TIMESTAMPTZ) AS "#at",
                              0 AS "count.added",
                              0 AS "sum.added",
                              CAST(NULL AS DOUBLE) AS "value.added_floats"
                            FROM (
                              SELECT DISTINCT
                                *
                              FROM (
                                SELECT
                                  "t0"."s" AS "#h2k0",
                                  "t0"."u" AS "#h2k1",
                                  (
                                    CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                  ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."at") % 1000000 AS BIGINT) AS "#us"
                                FROM "events" AS "t0"
                              ) AS "t24"
                              WHERE
                                "t24"."#h2k0" IS NOT NULL
                                AND "t24"."#h2k1" IS NOT NULL
                                AND "t24"."#us" IS NOT NULL
                            ) AS "t35"
                          ) AS "t42"
                          UNION ALL
                          SELECT
                            *
                          FROM (
                            SELECT
                              *
                            FROM (
                              SELECT
                                "t2"."s" AS "#h2k0",
                                "t2"."u" AS "#h2k1",
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t2"."told") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t2"."told") % 1000000 AS BIGINT) AS "#us",
                                0 AS "#asks",
                                "t2"."told" AS "#at",
                                CASE WHEN "t2"."n" IS NOT NULL THEN 1 ELSE 0 END AS "count.added",
                                COALESCE("t2"."n", 0) * 1 AS "sum.added",
                                CASE
                                  WHEN ABS("t2"."x" * "t2"."n") <= 3.4028234663852886e+38
                                  THEN "t2"."x" * "t2"."n"
                                  ELSE NULL
                                END AS "value.added_floats"
                              FROM "readings" AS "t2"
                              WHERE
                                "t2"."told" > MAKE_TIMESTAMPTZ(2013, 6, 1, 2, 0, 0.0, 'UTC')
                                AND "t2"."told" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                AND (
                                  (
                                    "t2"."s" IS NOT NULL
                                  ) AND (
                                    "t2"."u" IS NOT NULL
                                  )
                                )
                            ) AS "t28"
                            UNION ALL
                            SELECT
                              *
                            FROM (
                              SELECT
                                "t2"."s" AS "#h2k0",
                                "t2"."u" AS "#h2k1",
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t2"."told") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t2"."told") % 1000000 AS BIGINT) + 7200000000 AS "#us",
                                0 AS "#asks",
                                CAST(NULL AS TIMESTAMPTZ) AS "#at",
                                CASE WHEN "t2"."n" IS NOT NULL THEN -1 ELSE 0 END AS "count.added",
                                COALESCE("t2"."n", 0) * -1 AS "sum.added",
                                CAST(NULL AS DOUBLE) AS "value.added_floats"
                              FROM "readings" AS "t2"
                              WHERE
                                "t2"."told" > MAKE_TIMESTAMPTZ(2013, 6, 1, 2, 0, 0.0, 'UTC')
                                AND "t2"."told" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                                AND (
                                  (
                                    "t2"."s" IS NOT NULL
                                  ) AND (
                                    "t2"."u" IS NOT NULL
                                  )
                                )
                            ) AS "t29"
                          ) AS "t31"
                        ) AS "t45"
                      ) AS "t67"
                      WHERE
                        "t67"."#asks" = 1
                    ) AS "t93"
                      ON "t131"."s" = "t93"."#h2k0"
                      AND "t131"."u" = "t93"."#h2k1"
                      AND "t131"."#event_us" = "t93"."#us"
                  ) AS "t132"
                ) AS "t134"
                LEFT OUTER JOIN (
                  SELECT
                    "t62"."#us",
                    "t62"."value.smallest_text" AS "history.smallest_text",
                    "t62"."value.largest_truth" = 1 AS "history.largest_truth",
                    CASE
                      WHEN (
                        (
                          CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t62"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                        ) + CAST(EXTRACT('MICROSECOND' FROM "t62"."#at") % 1000000 AS BIGINT)
                      ) > (
                        "t62"."#us" - 90000000
                      )
                      THEN "t62"."#at"
                      ELSE CAST(NULL AS TIMESTAMPTZ)
                    END AS "history__3__at"
                  FROM (
                    SELECT
                      "t44"."#us",
                      "t44"."#asks",
                      MAX("t44"."#at") OVER (
                        ORDER BY "t44"."#us" ASC, "t44"."#asks" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                      ) AS "#at",
                      MIN("t44"."value.smallest_text") OVER (ORDER BY "t44"."#us" ASC RANGE BETWEEN 89999999 preceding AND CURRENT ROW) AS "value.smallest_text",
                      MAX("t44"."value.largest_truth") OVER (ORDER BY "t44"."#us" ASC RANGE BETWEEN 89999999 preceding AND CURRENT ROW) AS "value.largest_truth"
                    FROM (
                      SELECT
                        *
                      FROM (
                        SELECT
                          (
                            CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t2"."told") AS TIMESTAMP)) AS BIGINT) * 1000000
                          ) + CAST(EXTRACT('MICROSECOND' FROM "t2"."told") % 1000000 AS BIGINT) AS "#us",
                          0 AS "#asks",
                          "t2"."told" AS "#at",
                          "t2"."u" AS "value.smallest_text",
                          CAST("t2"."b" AS BIGINT) AS "value.largest_truth"
                        FROM "readings" AS "t2"
                        WHERE
                          "t2"."told" > MAKE_TIMESTAMPTZ(2013, 6, 1, 3, 58, 30.0, 'UTC')
                          AND "t2"."told" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                      ) AS "t27"
                      UNION ALL
                      SELECT
                        *
                      FROM (
                        SELECT
                          "t34"."#us",
                          1 AS "#asks",
                          CAST(NULL AS TIMESTAMPTZ) AS "#at",
                          CAST(NULL AS TEXT) AS "value.smallest_text",
                          CAST(NULL AS BIGINT) AS "value.largest_truth"
                        FROM (
                          SELECT DISTINCT
                            *
                          FROM (
                            SELECT
                              (
                                CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."at") AS TIMESTAMP)) AS BIGINT) * 1000000
                              ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."at") % 1000000 AS BIGINT) AS "#us"
                            FROM "events" AS "t0"
                          ) AS "t23"
                          WHERE
                            "t23"."#us" IS NOT NULL
                        ) AS "t34"
                      ) AS "t41"
                    ) AS "t44"
                  ) AS "t62"
                  WHERE
                    "t62"."#asks" = 1
                ) AS "t87"
                  ON "t134"."#event_us" = "t87"."#us"
              ) AS "t135"
            ) AS "t137"
            LEFT OUTER JOIN (
              SELECT
                "t112"."#h4k0",
                "t112"."#us",
                "t112"."history.label_share",
                "t112"."history__4__at",
                "t78"."history.latest_label#" = 1 AS "history.latest_label"
              FROM (
                SELECT
                  "t92"."#h4k0",
                  "t92"."#us",
                  CASE
                    WHEN "t92"."latest.latest_label" > (
                      "t92"."#us" - 604800000000
                    )
                    THEN "t92"."latest.latest_label"
                    ELSE CAST(NULL AS BIGINT)
                  END AS "history.latest_label",
                  CAST("t92"."sum.label_share" AS DOUBLE) / CAST(NULLIF("t92"."count.label_share", 0) AS DOUBLE) AS "history.label_share",
                  CASE
                    WHEN (
                      (
                        CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t92"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                      ) + CAST(EXTRACT('MICROSECOND' FROM "t92"."#at") % 1000000 AS BIGINT)
                    ) > (
                      "t92"."#us" - 604800000000
                    )
                    THEN "t92"."#at"
                    ELSE CAST(NULL AS TIMESTAMPTZ)
                  END AS "history__4__at"
                FROM (
                  SELECT
                    "t79"."#h4k0",
                    "t79"."#us",
                    "t79"."#asks",
                    MAX("t79"."#at") OVER (
                      PARTITION BY "t79"."#h4k0"
                      ORDER BY "t79"."#us" ASC, "t79"."#asks" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                    ) AS "#at",
                    MAX("t79"."latest.latest_label") OVER (
                      PARTITION BY "t79"."#h4k0"
                      ORDER BY "t79"."#us" ASC, "t79"."#asks" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                    ) AS "latest.latest_label",
                    TRY_CAST(CAST(SUM("t79"."count.label_share") OVER (
                      PARTITION BY "t79"."#h4k0"
                      ORDER BY "t79"."#us" ASC, "t79"."#asks" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                    ) AS DECIMAL(38, 0)) AS BIGINT) AS "count.label_share",
                    TRY_CAST(CAST(SUM("t79"."sum.label_share") OVER (
                      PARTITION BY "t79"."#h4k0"
                      ORDER BY "t79"."#us" ASC, "t79"."#asks" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                    ) AS DECIMAL(38, 0)) AS BIGINT) AS "sum.label_share"
                  FROM (
                    SELECT
                      *
                    FROM (
                      SELECT
                        "t33"."#h4k0",
                        "t33"."#us",
                        1 AS "#asks",
                        CAST(NULL AS TIMESTAMPTZ) AS "#at",
                        CAST(NULL AS BIGINT) AS "latest.latest_label",
                        0 AS "count.label_share",
                        0 AS "sum.label_share"
                      FROM (
                        SELECT DISTINCT
                          *
                        FROM (
                          SELECT
                            "t0"."s" AS "#h4k0",
                            (
                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."at") AS TIMESTAMP)) AS BIGINT) * 1000000
                            ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."at") % 1000000 AS BIGINT) AS "#us"
                          FROM "events" AS "t0"
                        ) AS "t22"
                        WHERE
                          "t22"."#h4k0" IS NOT NULL AND "t22"."#us" IS NOT NULL
                      ) AS "t33"
                    ) AS "t40"
                    UNION ALL
                    SELECT
                      *
                    FROM (
                      SELECT
                        *
                      FROM (
                        SELECT
                          "t59"."#h4k0",
                          "t59"."#us",
                          0 AS "#asks",
                          "t59"."#at",
                          CASE
                            WHEN "t59"."value.latest_label" IS NOT NULL
                            THEN "t59"."#us"
                            ELSE CAST(NULL AS BIGINT)
                          END AS "latest.latest_label",
                          CASE WHEN "t59"."value.label_share" IS NOT NULL THEN 1 ELSE 0 END AS "count.label_share",
                          COALESCE(CAST("t59"."value.label_share" AS BIGINT), 0) * 1 AS "sum.label_share"
                        FROM (
                          SELECT
                            "t20"."s" AS "#h4k0",
                            "t20"."#at",
                            (
                              CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t20"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                            ) + CAST(EXTRACT('MICROSECOND' FROM "t20"."#at") % 1000000 AS BIGINT) AS "#us",
                            "t20"."late" AS "value.latest_label",
                            "t20"."late" AS "value.label_share"
                          FROM "t17" AS "t20"
                          WHERE
                            "t20"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 25, 4, 0, 0.0, 'UTC')
                            AND "t20"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                            AND "t20"."s" IS NOT NULL
                            AND (
                              (
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t20"."late_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t20"."late_at") % 1000000 AS BIGINT)
                              ) - (
                                (
                                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t20"."at") AS TIMESTAMP)) AS BIGINT) * 1000000
                                ) + CAST(EXTRACT('MICROSECOND' FROM "t20"."at") % 1000000 AS BIGINT)
                              )
                            ) <= 259200000000
                        ) AS "t59"
                      ) AS "t71"
                      UNION ALL
                      SELECT
                        *
                      FROM (
                        SELECT
                          "t20"."s" AS "#h4k0",
                          (
                            CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t20"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                          ) + CAST(EXTRACT('MICROSECOND' FROM "t20"."#at") % 1000000 AS BIGINT) + 604800000000 AS "#us",
                          0 AS "#asks",
                          CAST(NULL AS TIMESTAMPTZ) AS "#at",
                          CAST(NULL AS BIGINT) AS "latest.latest_label",
                          CASE WHEN "t20"."late" IS NOT NULL THEN -1 ELSE 0 END AS "count.label_share",
                          COALESCE(CAST("t20"."late" AS BIGINT), 0) * -1 AS "sum.label_share"
                        FROM "t17" AS "t20"
                        WHERE
                          "t20"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 25, 4, 0, 0.0, 'UTC')
                          AND "t20"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                          AND "t20"."s" IS NOT NULL
                          AND (
                            (
                              (
                                CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t20"."late_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                              ) + CAST(EXTRACT('MICROSECOND' FROM "t20"."late_at") % 1000000 AS BIGINT)
                            ) - (
                              (
                                CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t20"."at") AS TIMESTAMP)) AS BIGINT) * 1000000
                              ) + CAST(EXTRACT('MICROSECOND' FROM "t20"."at") % 1000000 AS BIGINT)
                            )
                          ) <= 259200000000
                      ) AS "t58"
                    ) AS "t74"
                  ) AS "t79"
                ) AS "t92"
                WHERE
                  "t92"."#asks" = 1
              ) AS "t112"
              LEFT OUTER JOIN (
                SELECT
                  "t69"."#h4k0" AS "#h4k0#",
                  "t69"."#us" AS "#us#",
                  "t69"."history.latest_label#"
                FROM (
                  SELECT
                    "t57"."#h4k0",
                    "t57"."#us",
                    MAX(CAST("t57"."value.latest_label" AS BIGINT)) AS "history.latest_label#"
                  FROM (
                    SELECT
                      "t20"."s" AS "#h4k0",
                      "t20"."#at",
                      (
                        CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t20"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                      ) + CAST(EXTRACT('MICROSECOND' FROM "t20"."#at") % 1000000 AS BIGINT) AS "#us",
                      "t20"."late" AS "value.latest_label",
                      "t20"."late" AS "value.label_share"
                    FROM "t17" AS "t20"
                    WHERE
                      "t20"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 25, 4, 0, 0.0, 'UTC')
                      AND "t20"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                      AND "t20"."s" IS NOT NULL
                      AND (
                        (
                          (
                            CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t20"."late_at") AS TIMESTAMP)) AS BIGINT) * 1000000
                          ) + CAST(EXTRACT('MICROSECOND' FROM "t20"."late_at") % 1000000 AS BIGINT)
                        ) - (
                          (
                            CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t20"."at") AS TIMESTAMP)) AS BIGINT) * 1000000
                          ) + CAST(EXTRACT('MICROSECOND' FROM "t20"."at") % 1000000 AS BIGINT)
                        )
                      ) <= 259200000000
                      AND "t20"."late" IS NOT NULL
                  ) AS "t57"
                  GROUP BY
                    1,
                    2
                ) AS "t69"
              ) AS "t78"
                ON "t112"."#h4k0" = "t78"."#h4k0#" AND "t112"."history.latest_label" = "t78"."#us#"
            ) AS "t117"
              ON "t137"."s" = "t117"."#h4k0" AND "t137"."#event_us" = "t117"."#us"
          ) AS "t138"
        ) AS "t140"
        LEFT OUTER JOIN (
          SELECT
            "t70"."#h5k0",
            "t70"."#us",
            CAST("t70"."#us" - CASE
              WHEN "t70"."latest.days" > (
                "t70"."#us" - 604800000000
              )
              THEN "t70"."latest.days"
              ELSE CAST(NULL AS BIGINT)
            END AS DOUBLE) / 86400000000.0 AS "history.days",
            CASE
              WHEN (
                (
                  CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t70"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                ) + CAST(EXTRACT('MICROSECOND' FROM "t70"."#at") % 1000000 AS BIGINT)
              ) > (
                "t70"."#us" - 604800000000
              )
              THEN "t70"."#at"
              ELSE CAST(NULL AS TIMESTAMPTZ)
            END AS "history__5__at"
          FROM (
            SELECT
              "t60"."#h5k0",
              "t60"."#us",
              "t60"."#asks",
              MAX("t60"."#at") OVER (
                PARTITION BY "t60"."#h5k0"
                ORDER BY "t60"."#us" ASC, "t60"."#asks" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS "#at",
              MAX("t60"."latest.days") OVER (
                PARTITION BY "t60"."#h5k0"
                ORDER BY "t60"."#us" ASC, "t60"."#asks" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
              ) AS "latest.days"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t48"."#h5k0",
                  "t48"."#us",
                  0 AS "#asks",
                  "t48"."#at",
                  "t48"."#us" AS "latest.days"
                FROM (
                  SELECT
                    "t18"."s" AS "#h5k0",
                    "t18"."#at",
                    (
                      CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t18"."#at") AS TIMESTAMP)) AS BIGINT) * 1000000
                    ) + CAST(EXTRACT('MICROSECOND' FROM "t18"."#at") % 1000000 AS BIGINT) AS "#us"
                  FROM "t15" AS "t18"
                  WHERE
                    "t18"."#at" > MAKE_TIMESTAMPTZ(2013, 5, 25, 4, 0, 0.0, 'UTC')
                    AND "t18"."#at" <= MAKE_TIMESTAMPTZ(2013, 7, 1, 4, 0, 0.0, 'UTC')
                    AND "t18"."s" IS NOT NULL
                ) AS "t48"
              ) AS "t55"
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  "t32"."#h5k0",
                  "t32"."#us",
                  1 AS "#asks",
                  CAST(NULL AS TIMESTAMPTZ) AS "#at",
                  CAST(NULL AS BIGINT) AS "latest.days"
                FROM (
                  SELECT DISTINCT
                    *
                  FROM (
                    SELECT
                      "t0"."s" AS "#h5k0",
                      (
                        CAST(EPOCH(CAST(DATE_TRUNC('SECOND', "t0"."at") AS TIMESTAMP)) AS BIGINT) * 1000000
                      ) + CAST(EXTRACT('MICROSECOND' FROM "t0"."at") % 1000000 AS BIGINT) AS "#us"
                    FROM "events" AS "t0"
                  ) AS "t21"
                  WHERE
                    "t21"."#h5k0" IS NOT NULL AND "t21"."#us" IS NOT NULL
                ) AS "t32"
              ) AS "t39"
            ) AS "t60"
          ) AS "t70"
          WHERE
            "t70"."#asks" = 1
        ) AS "t98"
          ON "t140"."s" = "t98"."#h5k0" AND "t140"."#event_us" = "t98"."#us"
      ) AS "t141"
    ) AS "t142"
  ) AS "t143"
) AS "t144"
