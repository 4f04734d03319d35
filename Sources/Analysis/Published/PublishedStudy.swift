import Foundation
import Messages
import Recipe

/// The article's tables as data: what was published, and nothing of our own. Scores are percent.
package struct PublishedStudy: Decodable, Sendable {
  package struct Dataset: Decodable, Hashable, Sendable {
    package var name: String
    package var modality: StudyDataset.Modality
    /// The training data holds reasoning traces.
    package var reasoning: Bool
    package var train: Int
    package var eval: Int
    package var metric: String
    package var task: String
    package var source: String?

    /// What `--data` calls its stand-in: `LLaVA-CoT` is `llava-cot`.
    package var taskName: String { name.lowercased().replacingOccurrences(of: " ", with: "-") }

    /// The built-in task of this name stands in for it.
    func stands(for reference: DataReference) -> Bool {
      switch reference {
      // `govreport@8k` is GovReport too.
      case .task(let name): name.prefix { $0 != "@" } == taskName
      case .published(let name, _, _): name == taskName
      case .file: false
      }
    }
  }

  /// A row of the table of expected trade-offs. A target such as `fc1|fc2` stands for either.
  package struct ExpectedTradeoff: Decodable, Sendable {
    package var targets: [String]
    package var accuracy: String
    package var latency: String
    package var latencyOverheadPercent: [Double]?

    private enum CodingKeys: String, CodingKey {
      case targets, accuracy, latency
      case latencyOverheadPercent = "latency_overhead_percent"
    }

    /// Every combination that the row speaks of.
    package var combinations: [Targets] {
      targets.reduce([Targets()]) { sets, target in
        let names = target.split(separator: "|").map(String.init)
        return sets.flatMap { set in names.map { set.union(TargetGroup(rawValue: $0)?.set ?? []) } }
      }
    }
  }

  struct Score: Decodable {
    var targets: [String]
    var score: Double
  }

  struct Results: Decodable {
    var base: Double
    var lora: [Score]
  }

  package var baseModel: String
  package var datasets: [Dataset]
  package var expectedTradeoffs: [ExpectedTradeoff]
  var results: [String: Results]
  /// TPOT p95 in milliseconds, of two combinations only.
  package var latencyP95: [Targets: Double]
  /// Its recommendations by their names: accuracy, balanced, challenging.
  package var recommendations: [String: Targets]

  private enum CodingKeys: String, CodingKey {
    case baseModel = "base_model"
    case datasets
    case expectedTradeoffs = "expected_tradeoffs"
    case results, latency, recommendations
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    baseModel = try container.decode(String.self, forKey: .baseModel)
    datasets = try container.decode([Dataset].self, forKey: .datasets)
    expectedTradeoffs = try container.decode([ExpectedTradeoff].self, forKey: .expectedTradeoffs)
    results = try container.decode([String: Results].self, forKey: .results)
    // The object mixes texts with one number for each combination.
    let latency = try container.decode([String: NumberOrText].self, forKey: .latency)
    latencyP95 = [:]
    for (name, value) in latency {
      guard case .number(let milliseconds) = value else { continue }
      latencyP95[try Self.set(name.split(separator: "+").map(String.init), decoder)] = milliseconds
    }
    recommendations = try container.decode([String: [String]].self, forKey: .recommendations)
      .mapValues { try Self.set($0, decoder) }
    for row in results.values.flatMap(\.lora) { _ = try Self.set(row.targets, decoder) }
  }

  private enum NumberOrText: Decodable {
    case number(Double)
    case text

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      self = (try? container.decode(Double.self)).map(NumberOrText.number) ?? .text
    }
  }

  private static func set(_ names: [String], _ decoder: any Decoder) throws -> Targets {
    try names.reduce(into: Targets()) { set, name in
      guard let group = TargetGroup(rawValue: name) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "\"\(name)\" is not a group of modules"))
      }
      set.formUnion(group.set)
    }
  }

  /// Reads the study from JSON. Throws `Refusal` with what is wrong.
  package static func read(_ data: Data) throws -> PublishedStudy {
    do {
      return try JSONDecoder().decode(PublishedStudy.self, from: data)
    } catch {
      throw Refusal("the published study cannot be read: \(error)", exitStatus: 65)
    }
  }

  /// The study that the program brings along, compiled in.
  package static func standard() throws -> PublishedStudy {
    try read(Data(PackageResources.published_study_json))
  }

  /// The same in the shape in which a person's own study is examined.
  package var table: StudyTable {
    StudyTable(
      origin: .published, baseModel: baseModel,
      datasets: datasets.map { dataset in
        let rows = results[dataset.name]
        return StudyDataset(
          name: dataset.name, modality: dataset.modality, reasoning: dataset.reasoning, metric: dataset.metric,
          evaluationExamples: dataset.eval, base: rows.map { StudyCell(targets: [], mean: $0.base) },
          cells: (rows?.lora ?? []).map { row in
            StudyCell(
              targets: row.targets.reduce(into: Targets()) { $0.formUnion(TargetGroup(rawValue: $1)?.set ?? []) },
              mean: row.score)
          })
      },
      costs: latencyP95.mapValues { StudyCost(unit: .p95Milliseconds, value: $0) })
  }

  /// Scores and latencies for screens.
  package var figures: PublishedFigures {
    PublishedFigures(
      baseModel: baseModel,
      datasets: zip(datasets, table.datasets).map { dataset, row in
        PublishedFigures.Dataset(
          name: dataset.name, taskName: dataset.taskName, base: row.base?.mean,
          scores: Dictionary(row.cells.map { ($0.targets, $0.mean) }) { first, _ in first })
      }, latencyP95: latencyP95)
  }
}
