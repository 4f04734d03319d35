import Messages

/// Everything that a key, a dialog's choice or a command line can do.
package enum Action: Hashable, Sendable {
  // Everywhere.
  case help, command, leave, back
  case nextPane, previousPane
  case pane(Int)
  case nextScreen, previousScreen
  case screen(ScreenName)
  case zoomPane, pauseQueue, copy, chooseTheme, toggleMouse, redraw, suspend, interrupt
  // Lists.
  case move(Int)
  case page(Int)
  case halfPage(Int)
  case first, last, filter
  // Runs.
  case mark, openRun, rangeOfMarks, unmarkAll, pauseRun, stopRun, deleteRun, repeatRun, baseline, sortRuns, exportRun
  case measureAgain
  case moveInQueue(earlier: Bool)
  // Setup and modules.
  case queueRun, toggleModule, allModules, unfold, fold, editLayers
  case choose(Int)
  case step(Int)
  case resetField, edit
  case useSet
  // Charts.
  case inspect
  case inspectStep(Int)
  case inspectSeries(Int)
  case inspectEnd(Int)
  case zoomChart(Int)
  case zoomAll, follow, axes
  case smooth(Int)
  case raw, unit, confidence
  // Compare, Run.
  case allSettings, unmarkRow
  case sample(Int)
  case otherRun(Int)
  case scroll(Int)
  case columns(Int)
  // Sweep.
  case include, includeAll, preset, sortPlan, startSweep, includeData, includeAllData, measureSpeed
  // Advise.
  case card(Int)
  case evidence, queueMissing, thresholds, scope, publishedStudy, exportAdvice
  case budget(Int)
  // Scatter.
  case publishedOverlay
  // Log.
  case followLog, wrapLog, logLevel
  // What dialogs choose.
  case sortBy(RunsTable.Sort)
  case send(Command)
  case sendSweep
  case sendMissing
  case editMargin, editHardBelow
  case exportReport
  case exportConfiguration(ConfigurationTool)
  case browse(FolderListing.Purpose)
  case previewData
  case useTheme(String)
  case quit(Command.Shutdown)
}
