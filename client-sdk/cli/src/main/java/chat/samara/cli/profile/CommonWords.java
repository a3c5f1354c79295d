package chat.samara.cli.profile;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What people say first when they are asked for a passphrase: that very word, hello, love, peace, freedom, the country. A few words of each language, in lower
 * case; no list of words that were found, and no proverbs, verses or names.
 */
final class CommonWords {
    private static final String ENGLISH =
            "passphrase password samara letmein iloveyou love hello peace freedom welcome secret america england";
    private static final String KEYBOARD = "qwertyuiop qwertz qwerty azerty asdfghjkl йцукенгшщз йцукен фывапролдж";
    private static final String GERMAN = "passwort kennwort hallo liebe frieden freiheit deutschland";
    private static final String FRENCH = "motdepasse bonjour amour paix liberté liberte france";
    private static final String SPANISH =
            "contraseña contrasena clave hola amor paz libertad españa méxico mexico cuba colombia venezuela nicaragua";
    private static final String ARABIC =
            "كلمة السر المرور باسورد مرحبا أهلا اهلا سلام السلام حب حبيبي حبيبتي حرية الحرية سوريا مصر العراق فلسطين لبنان"
                    + " اليمن ليبيا السودان تونس";
    private static final String PERSIAN = "رمز عبور گذرواژه پسورد سلام عشق صلح آزادی ازادی ایران افغانستان";
    private static final String RUSSIAN = "пароль привет любовь люблю мир свобода россия москва беларусь";
    private static final String UKRAINIAN = "привіт любов кохання воля україна київ";
    private static final String CHINESE = "密码 口令 你好 我爱你 爱 和平 自由 中国 北京 香港 台湾 西藏";
    private static final String VIETNAMESE =
            "mật khẩu matkhau xin chào xinchao yêu tình tinhyeu hòa bình hoabinh tự do tudo việt nam vietnam";
    private static final String AMHARIC = "ይለፍ ቃል ሰላም ፍቅር ነፃነት ኢትዮጵያ";
    private static final String TIGRINYA = "መሕለፊ ቃል ሰላም ፍቕሪ ናጽነት ኤርትራ ትግራይ";
    private static final String TURKISH =
            "şifre sifre parola merhaba selam aşk sevgi barış baris özgürlük ozgurluk türkiye turkiye";
    private static final String KURDISH =
            "şîfre silav evîn evin aştî asti azadî azadi kurdistan سڵاو خۆشەویستی ئاشتی ئازادی کوردستان";
    private static final String HINDI = "पासवर्ड नमस्ते प्यार शांति आज़ादी आजादी स्वतंत्रता भारत namaste bharat";

    /** All of them, each once. */
    static final List<String> ALL = Stream.of(
                    ENGLISH,
                    KEYBOARD,
                    GERMAN,
                    FRENCH,
                    SPANISH,
                    ARABIC,
                    PERSIAN,
                    RUSSIAN,
                    UKRAINIAN,
                    CHINESE,
                    VIETNAMESE,
                    AMHARIC,
                    TIGRINYA,
                    TURKISH,
                    KURDISH,
                    HINDI)
            .flatMap(words -> Arrays.stream(words.split(" ")))
            .distinct()
            .toList();

    private CommonWords() {}
}
