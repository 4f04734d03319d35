/// One worker's growing scratch memory.
///
/// `@unchecked Sendable`: only the worker that it belongs to grows it, and its size is read by others between regions only; the one that a team
/// shares is behind its lock.
final class ScratchBlock: @unchecked Sendable {
  private var buffer: UnsafeMutableRawPointer?
  private var capacity = 0

  var byteCount: Int { capacity * MemoryLayout<Float>.stride }

  func reserve(_ floats: Int) -> UnsafeMutablePointer<Float> {
    if let buffer, floats <= capacity { return buffer.assumingMemoryBound(to: Float.self) }
    buffer?.deallocate()
    let grown = max(floats, 2 * capacity, 4096)
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: grown * MemoryLayout<Float>.stride, alignment: 64)
    let floats = fresh.initializeMemory(as: Float.self, repeating: 0, count: grown)
    buffer = fresh
    capacity = grown
    return floats
  }

  deinit { buffer?.deallocate() }
}
