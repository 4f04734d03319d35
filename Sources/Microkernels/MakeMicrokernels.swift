import MicrokernelTable

/// This build's inner loops.
public func makeMicrokernels() -> MicrokernelTable { MicrokernelTable() }
