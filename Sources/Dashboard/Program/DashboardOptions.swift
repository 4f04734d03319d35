import Foundation

/// How the dashboard is started.
public struct DashboardOptions: Sendable {
  /// Nothing that changes runs or records is offered.
  public var readOnly: Bool
  /// Folders of theme files, first first.
  public var themeFolders: [URL]
  /// The standard keys, or a person's own (`KeysFile`).
  public var keymap: Keymap
  /// Mouse reports at the start.
  public var mouse: Bool
  /// Where the time from reading a key to the end of its frame's write is reported when the dashboard ends, as JSON;
  /// nil: the file named by `LORASCOPE_FRAME_LATENCY`, if any.
  public var frameLatencyFile: URL?

  public init(
    readOnly: Bool = false, themeFolders: [URL] = [], keymap: Keymap = .standard, mouse: Bool = true,
    frameLatencyFile: URL? = nil
  ) {
    self.readOnly = readOnly
    self.themeFolders = themeFolders
    self.keymap = keymap
    self.mouse = mouse
    self.frameLatencyFile = frameLatencyFile
  }
}
