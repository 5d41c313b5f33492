"""The sandbox's server process: MiniStack with the gaps closed that touch what ecsgen promises."""
