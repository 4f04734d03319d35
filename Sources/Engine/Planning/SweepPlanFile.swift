import Analysis
import Builtin
import Foundation
import Messages
import Recipe
import TOMLKit
import TOMLText
import Text
import Training
import Transformer

/// A sweep as a TOML file that a person can read, keep and run again.
///
/// ```toml
/// data = ["medmcqa", "cocohd"]   # or "all", or files
/// combinations = "article"       # or "all", or a list
/// seeds = [0, 1]
/// strategy = "search"            # race instead of running all; "all" is the default
/// minutes = 30                   # of the search; leave it out for as long as it takes
/// share_heats = false            # what races on the plan's other data sets said orders no shortlist
/// latency_budget = 7             # percent over the base's TPOT
/// tuning_examples = 100          # scored at each heat
/// rates = "auto"                 # or [1e-3, 1e-2]: rates race each other first
/// match_parameters = 100000      # leave it out for one rank
/// [settings]                     # over what each built-in task recommends
/// rank = 8
/// lr = { default = 3e-3, o_proj = 6e-3 }   # by module group; so may rank and lr_ratio
/// [settings_of.cocohd]           # over both, for one of the data sets
/// epochs = 2
/// [[variants]]                   # the whole study once for each of these, over all of the above
/// prompt_only = true
/// ```
package enum SweepPlanFile {
  static let keys = [
    "model", "data", "evaluation_file", "evaluation_share", "combinations", "seeds", "match_parameters",
    "reuse_finished", "cheapest_first", "strategy", "minutes", "latency_budget", "fleet", "share_heats",
    "tuning_examples", "rates", "settings", "settings_of", "variants",
  ]

  /// Reads a plan. Relative paths in it are relative to its folder.
  /// - Throws: `Refusal` that names the file, and the line or the key.
  package static func read(_ url: URL) throws -> SweepPlan {
    do { return try read(text: try TOMLText.contents(of: url.path), url) } catch let error as TOMLTextError {
      throw Refusal(
        "\(url.path)\(error.line.map { ", line \($0)" } ?? ""): \(error.reason)", exitStatus: error.isMissing ? 66 : 65)
    }
  }

  /// The same from the file's text.
  package static func read(text: String, _ url: URL) throws -> SweepPlan {
    let table: TOMLTable
    do { table = try TOMLText.table(text) } catch {
      throw Refusal("\(url.path)\(error.line.map { ", line \($0)" } ?? ""): \(error.reason)", exitStatus: 65)
    }
    let reader = TOMLReader(file: url.path, table: table, prefix: "")
    try reader.checkKeys(keys)
    let folder = url.deletingLastPathComponent()
    let model = try model(reader, folder: folder)
    let combinations = try combinations(reader, of: model)
    let search = try search(reader)
    let seeds = try reader.seeds("seeds") ?? (search?.isSearch == true ? SearchRequest.seeds : [0])
    let budget = try reader.integer("match_parameters")
    if let budget, !TrainingLimits.budgets.contains(budget) {
      throw reader.wrong("match_parameters", "a whole number \(TrainingLimits.budgets.words)")
    }
    guard search == nil || reader.value("variants") == nil else {
      throw reader.wrong("variants", "left out where combinations or rates race")
    }
    guard seeds.count <= SweepPlan.mostSeeds else {
      throw reader.wrong("seeds", "a list of at most \(SweepPlan.mostSeeds) numbers")
    }
    var plan = SweepPlan(
      model: model, parts: try parts(reader, folder: folder), combinations: combinations,
      seeds: seeds, parameterBudget: budget,
      reuseFinished: try reader.bool("reuse_finished") ?? true,
      cheapestFirst: try reader.bool("cheapest_first") ?? true)
    plan.search = search
    return plan
  }

  /// Nil for a plan of whole runs.
  private static func search(_ reader: TOMLReader) throws -> SearchChoice? {
    let strategy = try reader.string("strategy") ?? "all"
    guard ["all", "search"].contains(strategy) else { throw reader.wrong("strategy", "\"all\" or \"search\"") }
    let isSearch = strategy == "search"
    func budget(_ key: String, _ range: NumberRange) throws -> Double? {
      guard let value = try reader.number(key) else { return nil }
      guard isSearch else { throw reader.wrong(key, "left out where strategy is not \"search\"") }
      guard range.contains(value) else { throw reader.wrong(key, "a number \(range.words)") }
      return value
    }
    var choice = SearchChoice(
      isSearch: isSearch, secondsBudget: try budget("minutes", TrainingLimits.minutes).map { 60 * $0 },
      latencyBudget: try budget("latency_budget", TrainingLimits.latencyBudgets))
    if let fleet = try reader.integer("fleet") {
      guard isSearch else { throw reader.wrong("fleet", "left out where strategy is not \"search\"") }
      let most = FleetLatencyOptions.mostSequences
      guard (1...most).contains(fleet) else { throw reader.wrong("fleet", "a whole number from 1 to \(most)") }
      choice.fleet = fleet
    }
    if let shares = try reader.bool("share_heats") {
      guard isSearch else { throw reader.wrong("share_heats", "left out where strategy is not \"search\"") }
      choice.sharesHeats = shares
    }
    if let examples = try reader.integer("tuning_examples") {
      guard TrainingLimits.counts.contains(examples) else {
        throw reader.wrong("tuning_examples", "a whole number \(TrainingLimits.counts.words)")
      }
      choice.tuningExamples = examples
    }
    if let rates = reader.value("rates") {
      let ends = rates.array.map { list in list.compactMap { $0.double ?? $0.int.map(Double.init) } }
      if rates.string == "auto" {
        choice.rates = .auto
      } else if let ends, ends.count == 2, ends[0] < ends[1], ends.allSatisfy(TrainingLimits.factors.contains) {
        choice.rates = .range(low: ends[0], high: ends[1])
      } else {
        throw reader.wrong("rates", "\"auto\" or the two ends of a range, the lower one first, such as [1e-3, 1e-2]")
      }
    }
    if isSearch || choice.rates != nil { return choice }
    guard reader.value("tuning_examples") == nil else {
      throw reader.wrong("tuning_examples", "left out where nothing races")
    }
    return nil
  }

  /// Writes a plan that `read` reads back; data of several kinds of evaluation has no spelling and is refused.
  package static func write(_ plan: SweepPlan, to url: URL) throws {
    let table = TOMLTable()
    switch plan.model {
    case .builtin: table["model"] = "builtin"
    case .folder(let path): table["model"] = absolute(path)
    }
    var sources: [EvaluationSource] = []
    for part in plan.parts {
      switch part.data {
      case .task: break
      case .file(_, let evaluation), .published(_, _, let evaluation):
        if !sources.contains(evaluation) { sources.append(evaluation) }
      }
    }
    let variants = try PlanVariants(plan, url)
    table["data"] = list(variants.first.map { name($0.data) })
    guard sources.count <= 1 else {
      throw Refusal("\(url.path): files with different evaluation data cannot be one plan file", exitStatus: 65)
    }
    switch sources.first {
    case .file(let path)?: table["evaluation_file"] = absolute(path)
    case .share(let share)?: table["evaluation_share"] = share
    case nil, .some(.none): break
    }
    table["combinations"] = list(plan.combinations.map(\.label))
    table["seeds"] = list(plan.seeds.map(seed))
    if let budget = plan.parameterBudget { table["match_parameters"] = budget }
    if let search = plan.search {
      if search.isSearch { table["strategy"] = "search" }
      if let seconds = search.secondsBudget { table["minutes"] = seconds / 60 }
      if let budget = search.latencyBudget { table["latency_budget"] = budget }
      if let fleet = search.fleet { table["fleet"] = fleet }
      if let shares = search.sharesHeats { table["share_heats"] = shares }
      table["tuning_examples"] = search.tuningExamples
      switch search.rates {
      case .auto?: table["rates"] = "auto"
      case .range(let low, let high)?:
        let ends = TOMLArray()
        ends.append(low)
        ends.append(high)
        table["rates"] = ends
      case nil: break
      }
    }
    table["reuse_finished"] = plan.reuseFinished
    table["cheapest_first"] = plan.cheapestFirst
    if let first = variants.first.first, variants.first.allSatisfy({ $0.settings == first.settings }) {
      table["settings"] = settings(first.settings)
    } else {
      let each = TOMLTable()
      for part in variants.first { each[name(part.data)] = settings(part.settings) }
      table["settings_of"] = each
    }
    if variants.changes.count > 1 {
      let list = TOMLArray()
      for change in variants.changes {
        let own = TOMLTable()
        for (field, value) in change { put(value, into: own, field.key) }
        list.append(own)
      }
      table["variants"] = list
    }
    try OutputFile.save(Array((table.convert() + "\n").utf8), to: url.path)
  }

  // MARK: Data and settings

  private static func parts(_ reader: TOMLReader, folder: URL) throws -> [SweepPlan.Part] {
    let references = try data(reader, folder: folder)
    let own = try reader.table("settings_of")
    for key in own?.keys ?? [] where !references.contains(where: { matches(key, $0, folder) }) {
      throw Refusal(
        "\(reader.file), settings_of.\(key): no data set of this plan; it has "
          + references.map(\.displayName).joined(separator: ", "), exitStatus: 65)
    }
    let variants = try reader.tables("variants") ?? []
    func part(_ reference: DataReference, _ variant: Int?) throws -> SweepPlan.Part {
      var settings: RunSettings
      do { settings = try defaults(of: reference) } catch {
        throw Refusal("\(reader.file), data: \(error)", exitStatus: Failure.exitStatus(error))
      }
      if let table = try reader.table("settings") { try apply(table, "settings.", reader, &settings) }
      if let own, let key = own.keys.first(where: { matches($0, reference, folder) }) {
        let inner = TOMLReader(file: reader.file, table: own, prefix: "settings_of.")
        if let table = try inner.table(key) { try apply(table, "settings_of.\(key).", reader, &settings) }
      }
      if let variant { try apply(variants[variant], "variants[\(variant)].", reader, &settings) }
      do { try TrainingOptions(settings).validate() } catch {
        throw Refusal("\(reader.file): \(error)", exitStatus: 65)
      }
      return SweepPlan.Part(data: reference, settings: settings)
    }
    // Variant by variant, so that the first is whole before the second begins.
    let parts =
      variants.isEmpty
      ? try references.map { try part($0, nil) }
      : try variants.indices.flatMap { variant in try references.map { try part($0, variant) } }
    if let twice = parts.indices.first(where: { parts[..<$0].contains(parts[$0]) }), !variants.isEmpty {
      throw reader.wrong(
        "variants", "tables that differ: two of them make \(parts[twice].data.displayName) the same study")
    }
    return parts
  }

  /// A plan can be read where a published data set is not at hand; that is told when the plan starts.
  private static func defaults(of reference: DataReference) throws -> RunSettings {
    guard case .published = reference else { return try RecommendedSettings.of(reference) }
    return (try? RecommendedSettings.of(reference)) ?? RunSettings()
  }

  private static func apply(
    _ table: TOMLTable, _ prefix: String, _ outer: TOMLReader, _ settings: inout RunSettings
  ) throws {
    let reader = TOMLReader(file: outer.file, table: table, prefix: prefix)
    try reader.checkKeys(fields.map(\.key))
    // As with flags: a rank of its own means 2 × rank again, epochs take the place of recommended steps.
    if reader.value("rank") != nil { settings.alpha = nil }
    if reader.value("epochs") != nil { settings.steps = nil }
    for field in fields {
      if let (common, byGroup) = try reader.grouped(field) {
        if let common { _ = field.put(common, &settings) }
        _ = field.groups?.put(byGroup, &settings)
        continue
      }
      guard let value = try reader.setting(field) else { continue }
      _ = field.put(value, &settings)
      // One number is that of every group.
      _ = field.groups?.put(nil, &settings)
    }
  }

  private static func settings(_ settings: RunSettings) -> TOMLTable {
    let table = TOMLTable()
    for field in fields {
      put(field.value(settings), into: table, field.key)
      guard let groups = field.groups, groups.value(settings) != nil else { continue }
      let own = TOMLTable()
      put(field.value(settings), into: own, "default")
      switch field.key {
      case "rank": for entry in settings.rankByGroup.entries { own[entry.group.rawValue] = entry.value }
      case "lr": for entry in settings.learningRateByGroup.entries { own[entry.group.rawValue] = entry.value }
      case "lr_ratio":
        for entry in settings.learningRateRatioByGroup.entries { own[entry.group.rawValue] = entry.value }
      default: break
      }
      table[field.key] = own
    }
    return table
  }

  private static func put(_ value: SettingValue?, into table: TOMLTable, _ key: String) {
    switch value {
    case .flag(let value)?: table[key] = value
    case .whole(let value)?: table[key] = value
    case .number(let value)?: table[key] = value
    case .seed(let value)?: table[key] = seed(value)
    case .text(let value)?: table[key] = value
    case nil: break
    }
  }

  /// The settings that a table of a plan has.
  private static var fields: [SettingField] { SettingField.all.filter(\.isInPlan) }

  /// TOML's numbers end where Int does: larger seeds are written in quotes.
  private static func seed(_ value: UInt64) -> any TOMLValueConvertible {
    if let whole = Int(exactly: value) { whole } else { "\(value)" }
  }

  private static func name(_ reference: DataReference) -> String {
    switch reference {
    case .task(let name): name
    case .file(let path, _): absolute(path)
    case .published(let name, let path, _): "\(name):\(absolute(path))"
    }
  }

  private static func matches(_ key: String, _ reference: DataReference, _ folder: URL) -> Bool {
    switch reference {
    case .task(let name): key == name
    case .file(let path, _): resolved(key, folder) == resolved(path, folder)
    case .published(let name, let path, _):
      key.hasPrefix(name + ":") && resolved(String(key.dropFirst(name.count + 1)), folder) == resolved(path, folder)
    }
  }

  private static func list(_ values: [any TOMLValueConvertible]) -> TOMLArray {
    let array = TOMLArray()
    for value in values { array.append(value) }
    return array
  }

  private static func combinations(_ reader: TOMLReader, of model: ModelReference) throws -> [Targets] {
    if let word = reader.value("combinations")?.string {
      switch word {
      case "all": return Targets.combinations(of: ModelGroups.of(model))
      case "article": return Targets.articleNine
      default: break
      }
      return try word.split(separator: ";").map { try targets(String($0), reader) }
    }
    guard let names = try reader.strings("combinations"), !names.isEmpty else {
      throw reader.wrong("combinations", "\"all\", \"article\" or a list such as [\"qkv\", \"o_proj+fc2\"]")
    }
    return try names.map { try targets($0, reader) }
  }

  private static func targets(_ name: String, _ reader: TOMLReader) throws -> Targets {
    do { return try Targets(parsing: name) } catch {
      throw Refusal("\(reader.file), combinations: \(error)", exitStatus: 65)
    }
  }

  private static func model(_ reader: TOMLReader, folder: URL) throws -> ModelReference {
    let name = try reader.string("model") ?? "builtin"
    return name == "builtin" ? .builtin : .folder(path: resolved(name, folder))
  }

  private static func data(_ reader: TOMLReader, folder: URL) throws -> [DataReference] {
    let word = reader.value("data")?.string
    if word == "all" { return DataCatalogue.builtin.map(\.reference) }
    let names = try word.map { [$0] } ?? reader.strings("data") ?? []
    guard !names.isEmpty else { throw reader.wrong("data", "a task's name, a file, or a list of them") }
    let file = try reader.string("evaluation_file")
    let share = try reader.number("evaluation_share")
    if file != nil, share != nil {
      throw reader.wrong("evaluation_share", "left out where evaluation_file is given")
    }
    let evaluation: EvaluationSource =
      if let file { .file(path: resolved(file, folder)) } else if let share { .share(share) } else { .none }
    return names.map { name -> DataReference in
      if let (dataset, path) = PublishedDataset.reference(name) {
        return .published(name: dataset.rawValue, path: resolved(path, folder), evaluation: evaluation)
      }
      // A task's name has no dot and no slash; a file has one of them.
      return name.contains(where: { $0 == "/" || $0 == "." })
        ? .file(path: resolved(name, folder), evaluation: evaluation) : .task(name: name)
    }
  }

  private static func resolved(_ path: String, _ folder: URL) -> String {
    path.hasPrefix("/") ? path : folder.appending(path: path).standardizedFileURL.path
  }

  private static func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }
}
