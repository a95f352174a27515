"""Acts later and alone: jobs, schedules, delivery, execution, reports."""
