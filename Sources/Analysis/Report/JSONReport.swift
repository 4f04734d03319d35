import Foundation
import Messages
import Recipe

/// The report for programs; numbers keep all their digits.
package struct JSONReport: Encodable, Sendable {
  struct Cell: Encodable {
    var data: String
    var targets: String
    var scorePercent: Double
    var interval: Interval?
    var overheadPercent: Interval?
    var busyOverheadPercent: Interval?
    var tpotP50: Double?
    var tpotP95: Double?
    var onFront: Bool?
    var frontProbability: Double?
    var parameters: Int?
    var seeds: [UInt64]
    var runs: [RunID]

    enum CodingKeys: String, CodingKey {
      case data, targets
      case scorePercent = "score_percent"
      case interval = "score_interval"
      case overheadPercent = "tpot_over_base_percent"
      case busyOverheadPercent = "busy_tpot_over_base_percent"
      case tpotP50 = "tpot_p50_ms"
      case tpotP95 = "tpot_p95_ms"
      case onFront = "on_front"
      case frontProbability = "front_probability"
      case parameters = "adapter_parameters"
      case seeds, runs
    }
  }

  /// A recommendation with its modules' names in full.
  package struct Advice: Encodable, Sendable {
    var kind: Recommendation.Kind
    var scope: String
    var origin: StudyTable.Origin
    var targets: String?
    var modules: [String]
    var reason: String
    var measuredOn: String
    var missing: [String]
    var runs: [RunID]

    enum CodingKeys: String, CodingKey {
      case kind, scope, origin, targets, modules, reason
      case measuredOn = "measured_on"
      case missing, runs
    }

    package init(_ advice: Recommendation) {
      kind = advice.kind
      scope = advice.scope
      origin = advice.origin
      targets = advice.targets?.label
      modules = advice.targets?.moduleNames ?? []
      reason = advice.reason
      measuredOn = advice.measuredOn
      missing = advice.missing
      runs = advice.runs
    }
  }

  /// A line of the big table.
  struct Line: Encodable {
    var origin: StudyOrigin
    var data: String
    var modality: StudyDataset.Modality?
    var base: Double?
    var scores: [String: Double]
    var best: String?
    var bestOverBase: Double?
    var bestOverBaseP: Double?
    /// At most: no resample was as extreme.
    var bestOverBasePIsBound: Bool?
    var bestOverWorst: Double?
    var bestOverWorstP: Double?
    var bestOverWorstPIsBound: Bool?

    enum CodingKeys: String, CodingKey {
      case origin, data, modality, base, scores, best
      case bestOverBase = "best_over_base_points"
      case bestOverBaseP = "best_over_base_p"
      case bestOverBasePIsBound = "best_over_base_p_is_bound"
      case bestOverWorst = "best_over_worst_points"
      case bestOverWorstP = "best_over_worst_p"
      case bestOverWorstPIsBound = "best_over_worst_p_is_bound"
    }

    init(_ row: BigTable.Row, _ origin: StudyOrigin) {
      self.origin = origin
      data = row.name
      modality = row.dataset?.modality
      base = row.base
      scores = Dictionary(uniqueKeysWithValues: row.scores.map { ($0.key.label, $0.value.estimate) })
      best = row.best?.label
      bestOverBase = row.overBase?.difference.points
      bestOverBaseP = row.overBase?.difference.pValue
      bestOverBasePIsBound = row.overBase?.difference.bound
      bestOverWorst = row.overWorst?.difference.points
      bestOverWorstP = row.overWorst?.difference.pValue
      bestOverWorstPIsBound = row.overWorst?.difference.bound
    }
  }

  var origin: StudyTable.Origin
  var model: String
  var table: [Line]
  var cells: [Cell]
  var base: [Cell]
  var findings: [Finding]
  var publishedFindings: [Finding]
  var proseChecks: [ProseCheck]
  var recommendations: [Advice]
  var recommendationsByPart: [Advice]
  var publishedRecommendations: [Advice]
  var leftOut: [String]
  var fleets: [FleetFigures]

  enum CodingKeys: String, CodingKey {
    case origin, model, table, cells, base, findings
    case publishedFindings = "published_findings"
    case proseChecks = "prose_checks"
    case recommendations
    case recommendationsByPart = "recommendations_by_part"
    case publishedRecommendations = "published_recommendations"
    case leftOut = "left_out"
    case fleets
  }

  package init(_ content: ReportContent) {
    origin = content.table.origin
    model = content.table.baseModel
    let tables = content.isPublishedOnly ? [content.table] : [content.table, content.published.table]
    table = tables.map(BigTable.init).flatMap { table in table.rows.map { Line($0, table.origin) } }
    cells = content.table.datasets.flatMap { dataset in dataset.cells.map { Self.cell($0, dataset) } }
    base = content.table.datasets.compactMap { dataset in dataset.base.map { Self.cell($0, dataset) } }
    findings = content.findings
    publishedFindings = content.publishedFindings
    proseChecks = content.prose
    recommendations = content.advice.map(Advice.init)
    recommendationsByPart = content.adviceByPart.map(Advice.init)
    publishedRecommendations = content.publishedAdvice.map(Advice.init)
    leftOut = content.leftOut
    fleets = content.fleets.map { FleetFigures($0) }
  }

  private static func cell(_ cell: StudyCell, _ dataset: StudyDataset) -> Cell {
    Cell(
      data: dataset.name, targets: cell.targets.isEmpty ? "base" : cell.targets.label, scorePercent: cell.mean,
      interval: cell.interval, overheadPercent: cell.overheadPercent, busyOverheadPercent: cell.busyOverheadPercent,
      tpotP50: cell.p50, tpotP95: cell.p95,
      onFront: cell.onFront, frontProbability: cell.frontProbability, parameters: cell.parameters, seeds: cell.seeds,
      runs: cell.runs)
  }

  /// Sorted keys, two spaces.
  package func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: OneLine.escapedJSON([UInt8](try encoder.encode(self))), as: UTF8.self) + "\n"
  }
}
