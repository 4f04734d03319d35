import Analysis
import ArgumentParser
import Engine
import Foundation
import Messages
import Text
import Transformer

struct RecommendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommend",
    abstract: "Which modules to adapt, with reasons; and a configuration for the tool that you use.",
    discussion: """
      From your own finished runs where they can answer, else from the article's published figures, marked so. \
      With --for the configuration goes to standard output (or --output) and the reasons to standard error.
      """)

  @OptionGroup var choice: StudyChoice
  @Option(
    name: .customLong("for"), help: ArgumentHelp("Write a configuration.", valueName: "peft|llama-factory|axolotl|mlx"))
  var tool: ConfigurationTool?
  @Option(help: "Which of the three the configuration is for: accuracy, balanced or challenging.")
  var pick = Recommendation.Kind.balanced
  @Option(help: ArgumentHelp("The base model to name in the configuration.", valueName: "name|dir")) var baseModel:
    String?
  @Option(help: ArgumentHelp("The JSONL file to name in the configuration.", valueName: "file")) var dataFile: String?
  @Option(help: ArgumentHelp("Write the configuration to this file.", valueName: "file")) var output: String?
  @Flag(help: "Replace the file if it is there.") var force = false
  @OptionGroup var json: JSONFlag

  func validate() throws {
    if force, output == nil { throw ValidationError("--force goes with --output") }
    if tool == nil, output != nil || baseModel != nil || dataFile != nil {
      throw ValidationError("--output, --base-model and --data-file belong to --for")
    }
    if tool != nil, json.json, output == nil { throw ValidationError("--json with --for needs --output") }
  }

  struct Report: Encodable {
    var recommendations: [JSONReport.Advice]
    var byPart: [JSONReport.Advice]
    var configuration: String?
  }

  func run() async throws {
    let own = try await choice.content()
    let content: ReportContent
    if let own {
      content = own
    } else {
      if choice.data != nil || choice.model != nil || choice.seeds != nil || choice.fleet != nil {
        throw CommandError(
          "no finished run of that choice in \(choice.storeURL.path): see `lorascope runs list`", status: 66)
      }
      let study = try PublishedStudy.standard()
      content = ReportContent(
        table: study.table, selection: nil, published: study, options: try choice.options(), scope: choice.scope)
    }
    try choice.checkScope(content)
    // A question that the runs cannot answer yet is answered by the published study, and says so.
    let advice = zip(content.advice, content.publishedAdvice).map { own, published in
      own.targets == nil && choice.latencyBudget == nil && choice.fleet == nil ? published : own
    }
    var path: String?
    if let tool {
      guard let chosen = advice.first(where: { $0.kind == pick }) else { return }
      let text = try ToolConfiguration(chosen, runs: content.runs, baseModel: baseModel, data: dataFile).text(for: tool)
      if let output {
        let file = Paths.absolute(output)
        if !force, FileManager.default.fileExists(atPath: file) {
          throw CommandError("'\(output)' exists: --force replaces it", status: 73)
        }
        try OutputFile.save(Array(text.utf8), to: file)
        path = file
      } else {
        StandardStreams.noteLines(words(advice, content))
        return StandardStreams.writeExact(text)
      }
    }
    if json.json {
      return try JSONOutput.print(
        Report(
          recommendations: advice.map(JSONReport.Advice.init), byPart: content.adviceByPart.map(JSONReport.Advice.init),
          configuration: path))
    }
    print(words(advice, content))
    if let path { print("\nconfiguration: \(path)") }
  }

  private func words(_ advice: [Recommendation], _ content: ReportContent) -> String {
    var lines: [String] = []
    for (own, item) in zip(content.advice, advice) {
      if own.origin != item.origin { lines.append("\(own.kind.title), your runs: \(own.reason)") }
      let mark = item.origin == .published ? " (published)" : ""
      lines.append("\(item.kind.title), \(item.scope)\(mark): \(item.targets?.label ?? "no pick")")
      lines.append("  why: \(item.reason)")
      lines.append("  measured on: \(item.measuredOn)")
      for line in item.missing { lines.append("  to be sure: \(line)") }
    }
    let parts = content.adviceByPart.filter { $0.targets != nil }
    if !parts.isEmpty {
      lines.append("by part" + (content.isPublishedOnly ? " (published)" : ""))
      for part in parts {
        lines.append("  \(part.scope), \(part.kind.title): \(part.targets?.label ?? "")  (\(part.reason))")
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension ConfigurationTool: ExpressibleByArgument {}
extension Recommendation.Kind: ExpressibleByArgument {}
