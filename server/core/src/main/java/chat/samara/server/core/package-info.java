/**
 * Every decision a Samara server makes, as a deterministic state machine. {@link chat.samara.server.core.ServerCore} takes
 * {@link chat.samara.server.core.Event}s and gives {@link chat.samara.server.core.Effect}s; clock, random, store and network
 * are handed in by whoever drives it: the runnable server, or a simulation.
 *
 * <p>The packages beside this one hold the parts by concept: {@code account}, {@code keypackage}, {@code channel},
 * {@code session}, {@code peer}; above them {@code request}, which takes what is asked; below them {@code store} (the port to the disk),
 * {@code batch} (what one group commit is made of), {@code rate} and {@code admin}. Each calls only those below it; a test keeps that. Everything is confined to the one thread that drives the core.
 */
@NullMarked
package chat.samara.server.core;

import org.jspecify.annotations.NullMarked;
