/**
 * One profile, several commands. A profile is open in one process at most; a command that lasts ({@code chat}, {@code tail}) serves the others over a socket in the
 * profile's folder, which only its owner can enter: another {@code samara} sends its arguments there, the command runs where the profile is open, and what
 * it prints comes back. No passphrase travels; who may enter the folder as its owner could read the process's memory as well.
 *
 * <p>{@link chat.samara.cli.hosting.Host} serves, {@link chat.samara.cli.hosting.Guest} asks.
 */
@NullMarked
package chat.samara.cli.hosting;

import org.jspecify.annotations.NullMarked;
