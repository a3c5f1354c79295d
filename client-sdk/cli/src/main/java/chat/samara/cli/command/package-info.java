/**
 * What each command does, and how its arguments read. A command runs once, on the main thread, and ends with an {@code ExitCode}.
 */
@NullMarked
package chat.samara.cli.command;

import org.jspecify.annotations.NullMarked;
