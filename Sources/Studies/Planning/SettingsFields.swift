import Messages
import TOMLKit

/// The settings of a run as keys of a TOML table: one list for reading, writing and for telling which keys there are.
enum SettingsFields {
  struct Field {
    var key: String
    var read: (TOMLReader, inout RunSettings) throws -> Void
    var write: (RunSettings, TOMLTable) -> Void
  }

  static var all: [Field] {
    [
      integer("rank", \.rank), optionalNumber("alpha", \.alpha), bool("rslora", \.useRSLoRA), bool("dora", \.useDoRA),
      bool("bf16", \.useBF16),
      number("dropout", \.dropout), number("lr", \.learningRate), number("lr_ratio", \.learningRateRatio),
      number("weight_decay", \.weightDecay), number("clip", \.clip), schedule, integer("warmup", \.warmupSteps),
      optionalInteger("steps", \.steps), number("epochs", \.epochs), integer("batch_size", \.batchSize),
      integer("gradient_accumulation", \.gradientAccumulation), integer("sequence_length", \.sequenceLength),
      bool("packing", \.packing), bool("shuffle", \.shuffle), optionalInteger("training_examples", \.trainingExamples),
      optionalInteger("evaluation_examples", \.evaluationExamples), bool("measure_latency", \.measureLatency),
      optionalString("init_adapter", \.initialAdapter), optionalString("metric", \.metric),
      optionalString("answer_pattern", \.answerPattern), optionalString("data_format", \.dataFormat),
      optionalString("prompt_field", \.promptField), optionalString("completion_field", \.completionField),
      optionalString("image_field", \.imageField), optionalString("image_root", \.imageRoot),
      optionalString("chat_template", \.chatTemplate), optionalString("turns", \.turns),
      evaluationSplit, optionalInteger("max_new_tokens", \.maxNewTokens),
    ]
  }

  private static var schedule: Field {
    Field(key: "schedule") { reader, settings in
      guard let name = try reader.string("schedule") else { return }
      guard let schedule = RunSettings.Schedule(rawValue: name) else {
        throw reader.wrong("schedule", RunSettings.Schedule.allCases.map(\.rawValue).joined(separator: ", "))
      }
      settings.schedule = schedule
    } write: { settings, table in
      table["schedule"] = settings.schedule.rawValue
    }
  }

  private static var evaluationSplit: Field {
    Field(key: "evaluation_split") { reader, settings in
      guard let name = try reader.string("evaluation_split") else { return }
      guard let split = RunSettings.EvaluationSplit(rawValue: name) else {
        throw reader.wrong(
          "evaluation_split", RunSettings.EvaluationSplit.allCases.map(\.rawValue).joined(separator: ", "))
      }
      settings.evaluationSplit = split
    } write: { settings, table in
      if let split = settings.evaluationSplit { table["evaluation_split"] = split.rawValue }
    }
  }

  private static func integer(_ key: String, _ path: WritableKeyPath<RunSettings, Int>) -> Field {
    Field(key: key) { reader, settings in
      if let value = try reader.integer(key) { settings[keyPath: path] = value }
    } write: { settings, table in
      table[key] = settings[keyPath: path]
    }
  }

  private static func optionalInteger(_ key: String, _ path: WritableKeyPath<RunSettings, Int?>) -> Field {
    Field(key: key) { reader, settings in
      if let value = try reader.integer(key) { settings[keyPath: path] = value }
    } write: { settings, table in
      if let value = settings[keyPath: path] { table[key] = value }
    }
  }

  private static func number(_ key: String, _ path: WritableKeyPath<RunSettings, Double>) -> Field {
    Field(key: key) { reader, settings in
      if let value = try reader.number(key) { settings[keyPath: path] = value }
    } write: { settings, table in
      table[key] = settings[keyPath: path]
    }
  }

  private static func optionalNumber(_ key: String, _ path: WritableKeyPath<RunSettings, Double?>) -> Field {
    Field(key: key) { reader, settings in
      if let value = try reader.number(key) { settings[keyPath: path] = value }
    } write: { settings, table in
      if let value = settings[keyPath: path] { table[key] = value }
    }
  }

  private static func bool(_ key: String, _ path: WritableKeyPath<RunSettings, Bool>) -> Field {
    Field(key: key) { reader, settings in
      if let value = try reader.bool(key) { settings[keyPath: path] = value }
    } write: { settings, table in
      table[key] = settings[keyPath: path]
    }
  }

  private static func optionalString(_ key: String, _ path: WritableKeyPath<RunSettings, String?>) -> Field {
    Field(key: key) { reader, settings in
      if let value = try reader.string(key) { settings[keyPath: path] = value }
    } write: { settings, table in
      if let value = settings[keyPath: path] { table[key] = value }
    }
  }
}
