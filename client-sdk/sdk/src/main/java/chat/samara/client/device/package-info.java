/**
 * One device as a deterministic state machine: events in, effects out. {@link chat.samara.client.device.DeviceEngine} is driven
 * by the client's engine thread over a socket and an encrypted profile, and by the simulator over virtual time and simulated
 * disks. Confined to one thread; no sockets, files, clocks or threads in here.
 *
 * <p>How it stays simple: everything that matters is durable before an effect leaves, and everything that is under way is derived
 * from what is durable. So a lost connection and a crash are the same thing: log in again and go on.
 */
@NullMarked
package chat.samara.client.device;

import org.jspecify.annotations.NullMarked;
