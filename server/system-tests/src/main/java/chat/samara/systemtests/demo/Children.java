package chat.samara.systemtests.demo;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The processes that the demo started: only these does it ever kill. Thread-safe. */
final class Children {
    private final List<JavaProcess> processes = new CopyOnWriteArrayList<>();

    JavaProcess add(JavaProcess process) {
        processes.removeIf(old -> !old.isAlive());
        processes.add(process);
        return process;
    }

    /** At the end, however it comes. */
    void killAll() {
        processes.forEach(JavaProcess::abandon);
    }
}
