/// A pointer that a region's closure may capture.
///
/// `@unchecked Sendable`: what it points to is not written while the region runs.
struct Pointer<Element>: @unchecked Sendable {
  let value: UnsafePointer<Element>
  init(_ value: UnsafePointer<Element>) { self.value = value }
}
