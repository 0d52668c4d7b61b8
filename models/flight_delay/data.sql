-- One row a scheduled flight: what is known two hours before departure, and the label where it ever came.
-- Cancelled and diverted flights have no landing, hence no label; they stay, so that they can be counted.
SELECT
    flights.flight_id,
    flights.requested_at,
    flights.sched_dep,
    flights.sched_arr,
    flights.carrier,
    flights.flight,
    flights.origin,
    flights.dest,
    flights.tailnum,
    flights.distance,
    labels.late,
    labels.known_at AS late_known_at
FROM flights
LEFT JOIN labels USING (flight_id)
