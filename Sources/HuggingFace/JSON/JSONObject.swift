/// The members of a JSON object in the order of the file.
///
/// Not a dictionary: Swift's string equality is canonical equivalence, under which two different keys of a vocabulary can
/// be one.
public struct JSONObject: Sendable, Equatable {
  public struct Member: Sendable, Equatable {
    public let key: String
    public let value: JSONValue

    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  public var members: [Member]

  public init(_ members: [Member] = []) { self.members = members }

  public init(_ members: [(String, JSONValue)]) { self.members = members.map { Member(key: $0, value: $1) } }

  /// The last member of that name, as Python's `json` takes it. Linear.
  public subscript(key: String) -> JSONValue? {
    members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
  }

  /// The member, unless it is null or not there.
  public func value(_ key: String) -> JSONValue? {
    self[key].flatMap { $0.isNull ? nil : $0 }
  }
}
