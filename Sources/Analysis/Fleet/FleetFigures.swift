import Messages
import Recipe

/// A fleet's latency as `--json` and `report.json` print it.
package struct FleetFigures: Encodable, Sendable {
  struct Times: Encodable {
    var p50: Double
    var p95: Double
  }

  struct Merged: Encodable {
    var tpot: Times
    var overheadPercent: Interval

    enum CodingKeys: String, CodingKey {
      case tpot = "tpot_ms"
      case overheadPercent = "overhead_percent"
    }
  }

  private let latency: FleetLatency
  private let measurement: FleetMeasurement?

  package init(_ latency: FleetLatency) {
    self.latency = latency
    measurement = nil
  }

  package init(_ measurement: FleetMeasurement) {
    latency = measurement.latency
    self.measurement = measurement
  }

  enum CodingKeys: String, CodingKey {
    case run, targets, parameters, machine, threads, adapters, mix, type
    case different = "different_adapters"
    case tpot = "tpot_ms"
    case baseTPOT = "base_tpot_ms"
    case overheadPercent = "overhead_percent"
    case predictedPercent = "predicted_percent"
    case baseBytes = "base_bytes"
    case cacheBytes = "cache_bytes"
    case adapterBytes = "adapter_bytes"
    case stepBytes = "step_bytes"
    case adapterMemoryBytes = "adapter_memory_bytes"
    case loadSeconds = "load_seconds"
    case merged
    case coreShare = "core_share"
    case measuredBusy = "measured_busy"
  }

  package func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: CodingKeys.self)
    if let key = measurement?.key {
      try object.encodeIfPresent(key.run, forKey: .run)
      try object.encode(key.targets.label, forKey: .targets)
      try object.encode(key.parameters, forKey: .parameters)
      try object.encode(key.machine, forKey: .machine)
      try object.encode(key.threads, forKey: .threads)
    }
    try object.encode(latency.sequences, forKey: .adapters)
    try object.encode(latency.mix, forKey: .mix)
    try object.encode(latency.type, forKey: .type)
    try object.encode(latency.different, forKey: .different)
    try object.encode(Times(p50: latency.p50, p95: latency.p95), forKey: .tpot)
    try object.encode(Times(p50: latency.baseP50, p95: latency.baseP95), forKey: .baseTPOT)
    try object.encode(latency.overheadPercent, forKey: .overheadPercent)
    try object.encode(latency.predictedPercent, forKey: .predictedPercent)
    try object.encode(latency.bytes.base, forKey: .baseBytes)
    try object.encode(latency.bytes.caches, forKey: .cacheBytes)
    try object.encode(latency.bytes.adapter, forKey: .adapterBytes)
    try object.encode(latency.bytes.step(adapters: latency.different), forKey: .stepBytes)
    try object.encode(latency.adapterMemoryBytes, forKey: .adapterMemoryBytes)
    try object.encode(latency.loadSeconds, forKey: .loadSeconds)
    try object.encodeIfPresent(
      latency.merged.map { Merged(tpot: Times(p50: $0.p50, p95: $0.p95), overheadPercent: $0.overheadPercent) },
      forKey: .merged)
    try object.encode(latency.coreShare, forKey: .coreShare)
    try object.encode(latency.isBusy, forKey: .measuredBusy)
  }
}
