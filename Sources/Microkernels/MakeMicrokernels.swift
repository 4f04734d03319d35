import MicrokernelTable

/// This build's inner loops.
public func makeMicrokernels() -> MicrokernelTable {
  MicrokernelTable(
    tileRows: tileRows,
    tileColumns: tileColumns,
    tile: tile,
    tileTransposedA: tileTransposedA,
    shortRows: shortRows,
    shortTile: shortTile,
    shortTileTransposedA: shortTileTransposedA,
    narrowRows: narrowRows,
    narrowColumns: lanes,
    narrowTile: narrowTile,
    narrowTileTransposedA: narrowTileTransposedA,
    pack: pack,
    packTransposed: packTransposed,
    packHalf: packHalf,
    packTransposedHalf: packTransposedHalf,
    dotRows: dotRows,
    dotRowsHalf: dotRowsHalf,
    dot: dot,
    addScaled: addScaled,
    scale: scale,
    maximum: maximum,
    exponentials: exponentials,
    sumOfExponentials: sumOfExponentials,
    swiGLU: swiGLU,
    swiGLUGradient: swiGLUGradient,
    scaleByWeight: scaleByWeight,
    rmsNormGradient: rmsNormGradient,
    rotate: rotate,
    softmaxRows: softmaxRows,
    attentionGradientRows: attentionGradientRows,
    adamW: adamW,
    peak: peak,
    peakOperations: peakChains * lanes * 2,
    read: read
  )
}
