import Foundation
import HuggingFace
import Recipe
import Transformer

/// How long it takes to read an adapter from its folder, which a server does when it is first asked for.
public enum AdapterLoading {
  /// The median of so many reads; the files may lie in the system's cache.
  public static func seconds(of folder: URL, configuration: ModelConfiguration, reads: Int = 3) throws -> Double {
    let clock = ContinuousClock()
    let times = try (0..<max(1, reads)).map { _ in
      let began = clock.now
      _ = try PEFTAdapterFolder.read(folder, configuration: configuration)
      return (clock.now - began) / .seconds(1)
    }
    return Percentile.of(times, 0.5)
  }

  /// The same of an adapter that lies in no folder, by way of one that goes again.
  public static func seconds(of adapter: LoRAAdapter, reads: Int = 3) throws -> Double {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "lorascope-adapter-\(UUID().uuidString)", directoryHint: .isDirectory)
    defer { try? FileManager.default.removeItem(at: folder) }
    try PEFTAdapterFolder.write(adapter, to: folder, baseModelName: "base")
    return try seconds(of: folder, configuration: adapter.configuration, reads: reads)
  }
}
