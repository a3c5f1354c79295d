/**
 * One profile, several commands. A profile is open in one process at most; a command that lasts ({@code chat}, {@code tail}) serves the others over a socket in the
 * profile's folder: another {@code samara} of the same user sends its arguments there, the command runs where the profile is open, and what it prints comes back. Both look
 * whose process the other one is. No passphrase travels, and none is asked for: as long as the profile is open, programs of its owner can read and write in it. What decides whom
 * the person trusts, and what cannot be undone, is not done for others: {@code verify} with its options, {@code device take-over}, {@code join}, {@code channel forget}.
 *
 * <p>{@link chat.samara.cli.hosting.Host} serves, {@link chat.samara.cli.hosting.Guest} asks.
 */
@NullMarked
package chat.samara.cli.hosting;

import org.jspecify.annotations.NullMarked;
