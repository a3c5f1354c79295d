/**
 * One device as a deterministic state machine: events in, effects out. {@link chat.samara.client.device.DeviceEngine} is driven
 * by the client's engine thread over a socket and an encrypted profile, and by the simulator over virtual time and simulated
 * disks. Confined to one thread; no sockets, files, clocks or threads in here.
 *
 * <p>How it stays simple: everything that matters is durable before an effect leaves, and everything that is under way is derived
 * from what is durable. So a lost connection and a crash are the same thing: log in again and go on.
 *
 * <p>Where to find what:
 *
 * <ul>
 *   <li><b>A call</b>: {@code DeviceEngine} begins a {@code Turn} (its time, its one {@code StoreTransaction}, its effects); {@code Commands} takes
 *       what a person wants, {@code Session} what comes from the server.
 *   <li><b>A session</b>: {@code Link} (the connection, requests under way), {@code Greeting} (is it the own server), {@code Session} (login,
 *       frames), {@code Pending} and {@code Answers} (what an answer is about), {@code OwnAccount} and {@code OwnIdentity} (who this is),
 *       {@code Succession} (an old state goes on under a new key), {@code OwnCount} (how
 *       many records it has handed over, by which that is noticed), {@code TwinWatch} (is another copy running), {@code KeysUsedTwice} (what nobody
 *       can read because of it), {@code Readmission} (a server that was restored does not know this device), {@code HubsWord} (what it has signed
 *       as hub, and may have lost).
 *   <li><b>A message that goes out</b>: {@code Speech} composes it, {@code OutgoingRows} keeps it and {@code OutgoingQueue} knows what is to be done
 *       next, {@code OutgoingSealer} and {@code Sealing} encrypt it, {@code SendingOrder} says when, {@code Dispatch} hands it over and takes the
 *       receipts; it ends in {@code OutgoingRows.ordered} when the log shows it. What becomes of one that was refused: {@code RefusedMessages}.
 *   <li><b>An entry that comes in</b>: {@code ReadingCredit} asks for it, {@code LogIntake} takes the frame, of which {@code TerseFrames} finds what it leaves out, {@code LogReader} checks chain and
 *       head, {@code EntryReader} applies it: messages by {@code MessageReader} (before their place: {@code ProvisionalRows}), commits and proposals by {@code HandshakeReader}, which asks
 *       {@code Observers} (is it in order for everybody) and {@code GroupVault} (the group with its secrets). What is shown stands in {@code
 *       HistoryBook}.
 *   <li><b>A channel of which nothing comes</b>: {@code SilentChannels} asks the server whether it knows it.
 *   <li><b>An entry that only the own server's word stands for</b>: {@code Footing} keeps what is needed to go back to where the hub's word reaches,
 *       {@code WayBack} goes back, {@code Fork} tells whether the hub itself has signed another log.
 *   <li><b>A change of members</b>: {@code Intents} keeps the wish, {@code Claims} fetches and {@code ClaimedDevices} checks KeyPackages, {@code Pins}
 *       admits the identity keys ({@code KeySightings}: how each was seen). {@code Changes} takes what is asked for and does the next step: {@code
 *       ChangeOrder} says which change is next and {@code DueClaims} whose KeyPackages, {@code OwnCommits} builds the commit and tries again when
 *       another wins, {@code FulfilledChanges} settles what others have done; {@code TakingBack}: what waits, and how it is taken back.
 *   <li><b>A Welcome</b>: {@code Welcomes} fetches it, {@code Replays} and {@code HandshakeReplay} follow the log's handshakes up to it, {@code
 *       Joining} enters the group. {@code OwnKeyPackages} makes the keys for it, {@code WelcomeInLog} opens one that the log shows, where {@code Entrance} comes in by the log alone; {@code
 *       UnsettledWelcomes} says whose private keys stay until a head comes. Where only a lost state of this device had one: {@code LostChannels}, as soon as
 *       no Welcome is to be awaited ({@code AwaitedWelcomes}).
 *   <li><b>A channel that is made</b>: {@code Founding}.
 *   <li><b>A channel that is forgotten</b>: {@code ForgottenChannels} erases it, and keeps what {@code Welcomes} needs against Welcomes of before.
 *   <li><b>A return</b>: {@code Returns}, to what {@code Observers} has kept, by an external commit that goes out as any commit; what an old state still
 *       reads meanwhile, {@code Listening}.
 * </ul>
 */
@NullMarked
package chat.samara.client.device;

import org.jspecify.annotations.NullMarked;
