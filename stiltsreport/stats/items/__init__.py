"""The second interval: what the results would be on other test items (Miller 2024; Sellam et al. 2021)."""
