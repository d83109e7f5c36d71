"""Plans of runs, checked as far as it can be done before any work: what is refused here leaves nothing behind."""

from padcli.plan.fit import plan_fit, plan_stats
from padcli.plan.pad import plan_pad, plan_texts
from padcli.plan.plans import FitPlan, PadPlan, StatsPlan

__all__ = ["FitPlan", "PadPlan", "StatsPlan", "plan_fit", "plan_pad", "plan_stats", "plan_texts"]
