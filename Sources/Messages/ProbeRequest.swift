import Recipe

/// A look at a base before it is trained: what of it, and how much.
public struct ProbeRequest: Hashable, Sendable {
  public var model: ModelReference
  public var data: DataReference
  /// Rank, alpha, seed, sequences of a batch, their length, and how the data is read.
  public var settings: RunSettings
  public var batches: Int
  /// Starts of A.
  public var starts: Int
  /// TPOT of the four groups and of all of them, too.
  public var measuresLatency: Bool
  /// Feature norms, too.
  public var measuresFeatures: Bool

  public init(
    model: ModelReference, data: DataReference, settings: RunSettings, batches: Int = 8, starts: Int = 3,
    measuresLatency: Bool = true, measuresFeatures: Bool = true
  ) {
    self.model = model
    self.data = data
    self.settings = settings
    self.batches = batches
    self.starts = starts
    self.measuresLatency = measuresLatency
    self.measuresFeatures = measuresFeatures
  }
}

/// How far a probe has come.
public struct ProbeProgress: Hashable, Sendable {
  public enum Phase: String, Hashable, Sendable {
    /// Model and data are read.
    case reading
    case gradients
    case latency
  }

  public var phase: Phase
  /// Of the phase, 0 to 1.
  public var fraction: Double
  /// The search that it is for; nil for one that a person has asked for.
  public var search: SearchID?

  public init(phase: Phase, fraction: Double, search: SearchID? = nil) {
    self.phase = phase
    self.fraction = fraction
    self.search = search
  }

  /// What is being done, in words.
  public var words: String {
    switch phase {
    case .reading: "reading model and data"
    case .gradients: "gradients and features"
    case .latency: "TPOT of the four groups"
    }
  }
}
