/** A process that does one task after another, as its parent sends them. */
import { runTask, type Task } from "./task";

process.on("message", (task: Task) => process.send?.(runTask(task)));
