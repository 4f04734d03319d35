import Recipe

/// A column or group of a Parquet file's schema.
final class ParquetNode {
  enum Repetition: Int { case required, optional, repeated }
  /// How a group is to be read.
  enum Shape { case object, list, map }

  let name: String
  let repetition: Repetition
  /// The levels at which a value of this node is there, and at which it repeats.
  let definition: Int
  let repetitionLevel: Int
  let children: [ParquetNode]
  let shape: Shape
  /// The columns below it, of which a leaf is one; never empty.
  let columns: Range<Int>
  /// Of a leaf: how its values are to be read.
  let type: ParquetType?

  init(
    name: String, repetition: Repetition, definition: Int, repetitionLevel: Int, children: [ParquetNode], shape: Shape,
    columns: Range<Int>, type: ParquetType?
  ) {
    self.name = name
    self.repetition = repetition
    self.definition = definition
    self.repetitionLevel = repetitionLevel
    self.children = children
    self.shape = shape
    self.columns = columns
    self.type = type
  }

  /// Of a list's repeated child: whether it is itself the element, as in lists of two levels, rather than a group around the element.
  func isElement(ofList list: String) -> Bool {
    children.count != 1 || name == "array" || name == "\(list)_tuple" || children[0].repetition == .repeated
  }
}

/// A column with its place in the schema.
struct ParquetLeaf {
  let node: ParquetNode
  let type: ParquetType
  /// `messages.list.element.content`.
  let path: String
}

/// Builds the tree of a schema, which the file has as a list in depth-first order.
struct ParquetSchema {
  let fields: [ParquetNode]
  let leaves: [ParquetLeaf]

  private static let deepest = 40
  private static let mostColumns = 20_000

  init(_ elements: [ThriftValue]) throws {
    var builder = Builder(
      elements: try elements.map {
        guard case .structure(let element) = $0 else { throw ParquetError.damaged("its schema is no list of columns") }
        return element
      })
    fields = try builder.root()
    leaves = builder.leaves
  }

  private struct Builder {
    let elements: [ThriftStructure]
    var next = 0
    var leaves: [ParquetLeaf] = []

    mutating func root() throws -> [ParquetNode] {
      guard let root = elements.first, let count = root.integer(5), count > 0 else {
        throw ParquetError.damaged("its schema has no columns")
      }
      next = 1
      return try children(count, path: "", definition: 0, repetition: 0, depth: 1)
    }

    private mutating func children(
      _ count: Int, path: String, definition: Int, repetition: Int, depth: Int
    ) throws -> [ParquetNode] {
      guard count > 0, count <= elements.count - next else {
        throw ParquetError.damaged("its schema claims more columns than it has")
      }
      guard depth <= deepest else { throw ParquetError("nests its columns more than \(deepest) deep") }
      var result: [ParquetNode] = []
      for _ in 0..<count {
        guard next < elements.count else { throw ParquetError.damaged("its schema claims more columns than it has") }
        result.append(try node(path, definition, repetition, depth))
      }
      return result
    }

    private mutating func node(_ path: String, _ above: Int, _ repeats: Int, _ depth: Int) throws -> ParquetNode {
      let element = elements[next]
      next += 1
      let name = element.text(4) ?? ""
      let path = path.isEmpty ? name : "\(path).\(name)"
      guard let repetition = ParquetNode.Repetition(rawValue: element.integer(3) ?? 0) else {
        throw ParquetError.damaged("column \(OneLine.name(path)) has an unknown repetition")
      }
      let definition = above + (repetition == .required ? 0 : 1)
      let level = repeats + (repetition == .repeated ? 1 : 0)
      let first = leaves.count
      if let count = element.integer(5), count > 0 {
        let children = try children(
          count, path: path, definition: definition, repetition: level, depth: depth + 1)
        return ParquetNode(
          name: name, repetition: repetition, definition: definition, repetitionLevel: level, children: children,
          shape: Self.shape(element, children), columns: first..<leaves.count, type: nil)
      }
      guard leaves.count < mostColumns else { throw ParquetError("has more than \(mostColumns) columns") }
      let type = try ParquetType(element, path: path)
      let node = ParquetNode(
        name: name, repetition: repetition, definition: definition, repetitionLevel: level, children: [],
        shape: .object, columns: first..<(first + 1), type: type)
      leaves.append(ParquetLeaf(node: node, type: type, path: path))
      return node
    }

    private static func shape(_ element: ThriftStructure, _ children: [ParquetNode]) -> ParquetNode.Shape {
      guard children.count == 1, children[0].repetition == .repeated else { return .object }
      let logical = element.structure(10)
      let converted = element.integer(6)
      if logical?.structure(3) != nil || converted == 3 { return .list }
      let isMap = logical?.structure(2) != nil || converted == 1 || converted == 2
      return isMap && children[0].children.count == 2 ? .map : .object
    }
  }
}
