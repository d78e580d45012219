"""What leaves for a provider, and what does not: the scrubber and its seam for other detectors."""

from ai_mediation.adapters.scrubbing.detectors import Detector
from ai_mediation.adapters.scrubbing.findings import Finding, Kind
from ai_mediation.adapters.scrubbing.scrubber import Scrubber

__all__ = ["Detector", "Finding", "Kind", "Scrubber"]
