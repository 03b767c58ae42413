-- Supplies on which building may be due whose land was handed over after an agreed day: by the
-- contract or by an extension, in any version known, so that none is missed.
SELECT supplies.key
FROM landwatch.supplies
JOIN landwatch.handovers ON handovers.supply_no IN (supplies.supply_no, supplies.contract_no)
LEFT JOIN landwatch.extensions
    ON extensions.supply_no IN (supplies.supply_no, supplies.contract_no)
WHERE supplies.to_delivery IS NULL AND handovers.to_delivery IS NULL
    AND handovers.handed_on > least(supplies.handover_agreed_on, extensions.handover_agreed_on)
