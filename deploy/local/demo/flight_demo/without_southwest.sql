-- As data.sql, without one airline.
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
WHERE flights.carrier <> 'WN'
