-- One row a scheduled flight: what is known two hours before departure, and the label where it ever came.
SELECT
    flights.flight_id,
    flights.requested_at,
    flights.sched_dep,
    flights.sched_arr,
    flights.carrier,
    flights.origin,
    flights.dest,
    flights.distance,
    labels.late,
    labels.known_at AS late_known_at
FROM flights
LEFT JOIN labels USING (flight_id)
