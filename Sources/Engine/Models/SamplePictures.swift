import Builtin
import Foundation
import HuggingFace
import Messages
import Recipe
import Synchronization
import Text
import Training

/// Pictures of evaluated examples, made as small as a screen shows them. Blocks: data is read, and pictures are decoded.
package final class SamplePictures: Sendable {
  private struct Known {
    var plan: RunPlan
    var examples: [Example]
  }

  /// Examples whose pictures have been read already are kept up to so many bytes; a person steps from one to the next.
  private static let mostBytes = 16 << 20
  /// A conversation may have many.
  private static let most = 8
  private let known = Mutex<Known?>(nil)

  package init() {}

  /// - Parameter plan: of the run that evaluated the example.
  /// - Throws: what reading the data throws; a single picture that cannot be read is said in its place.
  package func pictures(_ request: SamplePictureRequest, of plan: RunPlan) throws -> [SamplePicture] {
    let examples = try examples(plan, upTo: request.index)
    guard examples.indices.contains(request.index) else { throw Self.changed }
    let example = examples[request.index]
    guard example.prompt == request.prompt, example.completion == request.expected else { throw Self.changed }
    return example.images.prefix(Self.most).map { source in
      do {
        return .small(SmallPicture(try source.decoded(), columns: request.columns, rows: request.rows))
      } catch {
        return .unreadable(Failure.line(error))
      }
    }
  }

  private static let changed = Refusal("the data is another one than that which was evaluated", exitStatus: 65)

  private func examples(_ plan: RunPlan, upTo index: Int) throws -> [Example] {
    // Drawing those before one again takes milliseconds; keeping their pictures takes megabytes.
    if plan.data.isBuiltin { return try DataCatalogue.evaluation(plan, most: index + 1) }
    if let known = known.withLock({ $0 }), known.plan == plan { return known.examples }
    let examples = try DataCatalogue.evaluation(plan)
    let bytes = examples.reduce(0) { $0 + $1.images.reduce(0) { $0 + $1.bytes } }
    known.withLock { $0 = bytes <= Self.mostBytes ? Known(plan: plan, examples: examples) : nil }
    return examples
  }
}

extension ImageSource {
  /// Held in memory.
  fileprivate var bytes: Int {
    switch self {
    case .raster(let image): image.pixels.count
    case .file: 0
    case .encoded(let bytes, _): bytes.count
    }
  }
}

extension SmallPicture {
  /// As large as fits into so many pixels without becoming larger than the picture is.
  init(_ image: RasterImage, columns: Int, rows: Int) {
    let scale = min(
      1, Double(max(1, columns)) / Double(image.width), Double(max(1, rows)) / Double(image.height))
    let width = max(1, Int((Double(image.width) * scale).rounded()))
    let height = max(1, Int((Double(image.height) * scale).rounded()))
    let small = image.resized(width: width, height: height, .bilinear)
    self.init(
      originalWidth: image.width, originalHeight: image.height, width: width, height: height,
      pixels: (0..<width * height).map { place in
        small.pixels[3 * place..<3 * place + 3].reduce(0) { $0 << 8 | UInt32($1) }
      })
  }
}
