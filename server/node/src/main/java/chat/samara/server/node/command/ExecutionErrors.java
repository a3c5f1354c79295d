package chat.samara.server.node.command;

import chat.samara.server.node.admin.AdminClient.AdminException;
import chat.samara.server.node.folder.FullDisk;
import chat.samara.server.node.run.StartException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** One clear sentence for what the operator can mend; a stack trace only for what is a bug. */
final class ExecutionErrors implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failed, CommandLine line, ParseResult parsed) throws Exception {
        if (failed instanceof StartException || failed instanceof AdminException) {
            String sentence = String.valueOf(failed.getMessage());
            if (failed instanceof StartException
                    && line.getCommand() instanceof ServerCommand server
                    && FullDisk.isCauseOf(failed, server.dataFolder())) {
                line.getErr().println(ServerCommand.diskSentence(true) + ": " + sentence);
                return ExitCode.DISK_FAILED;
            }
            line.getErr().println(sentence);
            boolean notRunning = failed instanceof AdminException admin && admin.notRunning();
            return notRunning ? ExitCode.NOT_RUNNING : ExitCode.FAILED;
        }
        throw failed;
    }
}
