import Recipe
import Text

/// The members of a `config.json`, read by name and kind; what is wrong is told with file and field.
struct ConfigurationFields {
  let path: String
  let object: JSONObject
  /// What stands before a field's name in messages, such as `rope_scaling.`.
  var prefix = ""

  func fields(_ name: String) throws(ModelFolderError) -> ConfigurationFields? {
    guard let value = object.value(name) else { return nil }
    guard let inner = value.object else { throw wrong(name, value, "an object") }
    return ConfigurationFields(path: path, object: inner, prefix: "\(prefix)\(name).")
  }

  /// - Parameter standard: nil where the field must be there.
  func size(_ name: String, default standard: Int? = nil, most: Int = 1 << 24) throws(ModelFolderError) -> Int {
    guard let value = object.value(name) else {
      guard let standard else {
        throw .data(path, "has no \(prefix)\(name); take the config.json that belongs to the weights")
      }
      return standard
    }
    guard let size = value.integer, (1...most).contains(size) else {
      throw wrong(name, value, "a whole number from 1 to \(most)")
    }
    return size
  }

  func sizeIfPresent(_ name: String) throws(ModelFolderError) -> Int? {
    object.value(name) == nil ? nil : try size(name)
  }

  /// - Parameter standard: nil where the field must be there.
  func number(_ name: String, default standard: Double? = nil) throws(ModelFolderError) -> Double {
    guard let value = object.value(name) else {
      guard let standard else { throw .data(path, "has no \(prefix)\(name)") }
      return standard
    }
    guard let number = value.double, number.isFinite else { throw wrong(name, value, "a number") }
    return number
  }

  func numberIfPresent(_ name: String) throws(ModelFolderError) -> Double? {
    object.value(name) == nil ? nil : try number(name)
  }

  /// The share of values that are dropped in training, 0 to 1; 0 where the field is absent.
  func dropout(_ name: String) throws(ModelFolderError) -> Double {
    let share = try number(name, default: 0)
    guard (0...1).contains(share) else { throw wrong(name, .number(share), "a number from 0 to 1") }
    return share
  }

  func flag(_ name: String, default standard: Bool = false) throws(ModelFolderError) -> Bool {
    guard let value = object.value(name) else { return standard }
    guard let flag = value.bool else { throw wrong(name, value, "true or false") }
    return flag
  }

  /// A list with a value for each layer at least.
  func list<Element>(
    _ name: String, count: Int, _ read: (JSONValue) -> Element?
  ) throws(ModelFolderError) -> [Element]? {
    guard let value = object.value(name) else { return nil }
    guard let list = value.array, list.count >= count else { throw wrong(name, value, "a list of \(count) values") }
    var result: [Element] = []
    for entry in list.prefix(count) {
      guard let element = read(entry) else { throw refused(name, entry) }
      result.append(element)
    }
    return result
  }

  /// Refuses fields whose value is none of those that leave the mathematics alone.
  func checkNeutral(_ neutral: [(name: String, values: [JSONValue])]) throws(ModelFolderError) {
    for (name, values) in neutral {
      guard let value = object.value(name) else { continue }
      let isNeutral = values.contains { $0 == value || ($0.double != nil && $0.double == value.double) }
      if !isNeutral { throw refused(name, value) }
    }
  }

  func refused(_ name: String, _ value: JSONValue) -> ModelFolderError {
    let text = OneLine.name(JSONWriter.text(value, indent: nil))
    let field = prefix + OneLine.name(name)
    return .data(path, "\(field) \(text) changes the model's mathematics and is not supported; use another model")
  }

  func wrong(_ name: String, _ value: JSONValue, _ needed: String) -> ModelFolderError {
    let found =
      switch value {
      case .integer, .number: JSONWriter.text(value, indent: nil)
      case .string(let word) where PythonJSON.words.contains(word): word
      default: value.kind
      }
    return .data(path, "\(prefix)\(name) is \(found); \(needed) is needed")
  }
}
