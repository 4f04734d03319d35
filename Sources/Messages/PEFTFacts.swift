import Recipe

/// What is asked of a Python before runs of `--engine peft` are queued.
public struct PEFTRequest: Hashable, Sendable {
  /// As a run's setting has it; nil for the usual one.
  public var python: String?
  public var device: PEFTDevice
  public var loadIn: PEFTPacking?

  public init(_ settings: RunSettings) {
    (python, device, loadIn) = (settings.python, settings.device, settings.loadIn)
  }
}

/// A Python that has what such runs need. Of one that lacks something the reply is a refusal that says what.
public struct PEFTFacts: Hashable, Sendable {
  /// Versions by package, such as `peft`.
  public var packages: [String: String]
  /// Where the runs would be: `cpu`, or `cuda`.
  public var device: PEFTDevice
  /// The GPU's name, where they would be on one.
  public var gpu: String?

  public init(packages: [String: String], device: PEFTDevice, gpu: String?) {
    (self.packages, self.device, self.gpu) = (packages, device, gpu)
  }
}
