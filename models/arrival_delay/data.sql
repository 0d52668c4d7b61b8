-- One row a scheduled flight: what is known two hours before departure, and how late it landed where it did.
-- Cancelled and diverted flights have no landing, hence no label; they stay, so that they can be counted.
SELECT
    flights.flight_id,
    flights.requested_at,
    flights.sched_dep,
    flights.sched_arr,
    flights.carrier,
    flights.origin,
    flights.dest,
    flights.distance,
    labels.arr_delay,
    labels.known_at AS landed_at
FROM flights
LEFT JOIN labels USING (flight_id)
