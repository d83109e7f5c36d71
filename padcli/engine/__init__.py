"""Who does the work, how far it is, where its time goes, and where its blocks lie meanwhile."""
