package chat.samara.server.node.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** What picocli has put into a sub-command by the time that it is called. */
record Asked(ServerCommand server, CommandSpec spec) {
    static Asked of(@Nullable ServerCommand server, @Nullable CommandSpec spec) {
        if (server == null || spec == null) {
            throw new IllegalStateException("no parent command or spec, expected picocli to have set both");
        }
        return new Asked(server, spec);
    }

    Path dataFolder() {
        return server.dataFolder();
    }

    String commandPrefix() {
        return server.commandPrefix();
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
