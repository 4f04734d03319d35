import Synchronization
import Terminal

/// Charts as they were drawn last. A chart follows from its model and its place alone: while a person moves through a table, or nothing
/// happens, no curve is cut into columns and drawn anew.
final class RememberedDrawings<Model: Equatable & Sendable, Report: Sendable>: Sendable {
  private struct Known: Sendable {
    var model: Model
    var rect: Rect
    var set: CharacterSet
    var part: Canvas
    var report: Report
  }

  private let draw: @Sendable (Model, Rect, inout Canvas, Glyphs) -> Report
  private let known = Mutex<[Pane: Known]>([:])

  init(_ draw: @escaping @Sendable (Model, Rect, inout Canvas, Glyphs) -> Report) { self.draw = draw }

  /// - Parameters:
  ///   - pane: of which the last drawing is kept.
  ///   - rect: has nothing in it yet.
  @discardableResult
  func draw(_ model: Model, of pane: Pane, in rect: Rect, on canvas: inout Canvas, glyphs: Glyphs) -> Report {
    if let known = known.withLock({ $0[pane] }), known.set == glyphs.set, known.rect == rect, known.model == model {
      canvas.put(known.part, x: rect.x, y: rect.y)
      return known.report
    }
    let report = draw(model, rect, &canvas, glyphs)
    let drawn = Known(model: model, rect: rect, set: glyphs.set, part: canvas.part(rect), report: report)
    known.withLock { $0[pane] = drawn }
    return report
  }
}
