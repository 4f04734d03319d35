import Foundation
import Terminal

/// What is written to a file of its own, computed and written away from the dashboard's thread.
package struct ExportDocument: Sendable {
  package enum Form: String, CaseIterable, Hashable, Sendable {
    case svg, text, csv, markdown

    package var ending: String {
      switch self {
      case .svg: "svg"
      case .text: "txt"
      case .csv: "csv"
      case .markdown: "md"
      }
    }

    /// As a choice of the menu.
    var title: String {
      switch self {
      case .svg: "SVG picture"
      case .text: "text, as it stands here"
      case .csv: "CSV, every value"
      case .markdown: "Markdown table"
      }
    }

    var letter: Character {
      switch self {
      case .svg: "s"
      case .text: "t"
      case .csv: "c"
      case .markdown: "m"
      }
    }
  }

  package enum Content: Sendable {
    case chart(ChartDrawing)
    case table(ExportTable)
    /// The rows of a pane.
    case rows([String])
    /// A pane as it is drawn.
    case pane(Canvas)
  }

  /// The file's name without ending.
  package var stem: String
  package var form: Form
  package var content: Content
  /// Of a pane's picture.
  package var theme = Theme.night

  package init(stem: String, form: Form, content: Content) {
    self.stem = stem
    self.form = form
    self.content = content
  }

  package var text: String {
    switch (content, form) {
    case (.chart(let chart), .svg): ChartSVG.text(chart)
    case (.chart(let chart), .markdown): chart.table.markdown
    case (.chart(let chart), .csv), (.chart(let chart), .text): chart.table.csv
    case (.table(let table), .markdown): table.markdown
    case (.table(let table), .csv), (.table(let table), .svg), (.table(let table), .text): table.csv
    case (.pane(let canvas), _): CanvasSVG.text(canvas, theme: theme, title: stem)
    case (.rows(let rows), _):
      rows.map { row in
        var row = row
        while row.hasSuffix(" ") { row.removeLast() }
        return row + "\n"
      }.joined()
    }
  }

  /// Writes the text to a new file of the folder: `STEM.svg`, or `STEM-2.svg` where that is there already. Nothing is overwritten.
  /// - Returns: the file's path, or one line that says why it was not written.
  package func write(to folder: String) -> Result<String, ExportFailure> {
    let text = text
    for number in 1...999 {
      let name = number == 1 ? "\(stem).\(form.ending)" : "\(stem)-\(number).\(form.ending)"
      let path = (folder as NSString).appendingPathComponent(name)
      // Exclusively: what appears between a look and the writing is not overwritten either.
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      if descriptor < 0 {
        if errno == EEXIST { continue }
        return .failure(ExportFailure(path: path, reason: String(cString: strerror(errno))))
      }
      let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      do {
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
      } catch {
        // Half a file would be taken for a whole one.
        unlink(path)
        return .failure(ExportFailure(path: path, reason: "the disk is full, or the file cannot be written"))
      }
      return .success(path)
    }
    return .failure(
      ExportFailure(path: "\(folder)/\(stem).\(form.ending)", reason: "999 of that name are there already"))
  }
}

/// Why a file was not written.
package struct ExportFailure: Error, Hashable, Sendable, CustomStringConvertible {
  package var path: String
  package var reason: String

  package var description: String {
    "\(path): \(reason); lorascope writes to the folder that it was started in"
  }
}
