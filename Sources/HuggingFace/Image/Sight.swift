import Foundation
import Recipe
import Text
import Transformer

/// Whether a model can be shown pictures, and if not, why: told when one is there, so that texts need none of it.
public enum Sight: Sendable {
  case sees(VisionProcessor)
  case blind(ImageError)

  /// Of a base without a vision tower.
  public static let none = Sight.blind(
    ImageError(
      description: "the base model has no vision tower, so it takes no pictures; use one that sees",
      exitStatus: ExitStatus.badData))

  /// Of a model's folder.
  ///
  /// - Parameter vision: of the model's configuration.
  public init(folder: URL, tokenizer: Tokenizer, vision: VisionConfiguration?) {
    guard let vision else {
      self = .none
      return
    }
    do {
      self = .sees(try VisionProcessor(folder: folder, tokenizer: tokenizer, vision: vision))
    } catch let error as any ExitStatusError {
      self = .blind(ImageError(description: error.description, exitStatus: error.exitStatus))
    } catch {
      self = .blind(ImageError(description: "\(folder.path): \(error)", exitStatus: ExitStatus.badData))
    }
  }

  /// The same from the folder's files alone.
  public init(folder: URL, tokenizer: Tokenizer) {
    do {
      self.init(
        folder: folder, tokenizer: tokenizer, vision: try ModelFolder.configuration(at: folder).vision)
    } catch let error as any ExitStatusError {
      self = .blind(ImageError(description: error.description, exitStatus: error.exitStatus))
    } catch {
      self = .blind(ImageError(description: "\(folder.path): \(error)", exitStatus: ExitStatus.badData))
    }
  }

  public var processor: VisionProcessor? { if case .sees(let processor) = self { processor } else { nil } }

  /// - Throws: why not.
  public func required() throws -> VisionProcessor {
    switch self {
    case .sees(let processor): return processor
    case .blind(let reason): throw reason
    }
  }
}
