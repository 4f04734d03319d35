import Foundation
import HuggingFace

/// Invoices as the study describes them: a folder of pictures, each with one JSON object of the same name beside it.
enum InvoiceImport {
  private static let pictures = ["png", "jpg", "jpeg"]

  /// Pictures with a JSON file beside them, by that file.
  static func draft(of file: URL, leftOut: inout LeftOut) throws -> ImportDraft? {
    let stem = file.deletingPathExtension()
    let image = pictures.flatMap { [$0, $0.uppercased()] }.map { stem.appendingPathExtension($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
    guard let image else {
      leftOut.add("without a picture")
      return nil
    }
    let record = try ObjectFile.object(file)
    return ImportDraft(
      place: 1, prompt: "\(ImagePrompt.placeholder)\nFields:",
      completion: " " + JSONWriter.text(.object(record.object), indent: nil),
      image: image)
  }
}
