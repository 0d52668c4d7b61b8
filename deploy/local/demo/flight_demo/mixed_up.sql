-- As data.sql, but until April each flight got the label of another one: the first of a day that of the last, and
-- so on. A join by a row's place does that, when one of the tables is sorted the other way round.
WITH labelled AS (
    SELECT
        flight_id,
        late,
        left(flight_id, 10) AS day,
        row_number() OVER (PARTITION BY left(flight_id, 10) ORDER BY sched_dep, flight_id) AS place,
        row_number() OVER (PARTITION BY left(flight_id, 10) ORDER BY sched_dep DESC, flight_id DESC) AS from_behind
    FROM flights
    JOIN labels USING (flight_id)
),
mixed_up AS (
    SELECT labelled.flight_id, other.late
    FROM labelled
    JOIN labelled AS other ON other.day = labelled.day AND other.place = labelled.from_behind
)
SELECT
    flights.flight_id,
    flights.requested_at,
    flights.sched_dep,
    flights.sched_arr,
    flights.carrier,
    flights.origin,
    flights.dest,
    flights.distance,
    CASE WHEN left(flights.flight_id, 10) < '2013-04-01' THEN mixed_up.late ELSE labels.late END AS late,
    labels.known_at AS late_known_at
FROM flights
LEFT JOIN labels USING (flight_id)
LEFT JOIN mixed_up USING (flight_id)
