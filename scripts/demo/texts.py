"""What people write in the demo mailbox: conversations and single messages in many languages.

A conversation is (language, charset, subject, reply prefix, [what is written, turn by turn]).
"""

ACCOUNT = ("Alex Morgan", "demo@example.test")

PEOPLE = {
    "en": [("Jane Whitfield", "jane@example.test"), ("Sam O'Neill", "sam@example.test")],
    "de": [("Jürgen Großmann", "juergen@example.test"), ("Käthe Müller", "kaethe@example.test")],
    "fr": [("Éloïse Lefèvre", "eloise@example.test"), ("François Noël", "francois@example.test")],
    "es": [("Íñigo Peña", "inigo@example.test"), ("María Núñez", "maria@example.test")],
    "pl": [("Łucja Wiśniewska", "lucja@example.test"), ("Paweł Żak", "pawel@example.test")],
    "cs": [("Jiří Dvořák", "jiri@example.test"), ("Žaneta Černá", "zaneta@example.test")],
    "ru": [("Ольга Смирнова", "olga@example.test"), ("Иван Петров", "ivan@example.test")],
    "el": [("Νίκος Παπαδόπουλος", "nikos@example.test"), ("Ελένη Γεωργίου", "eleni@example.test")],
    "tr": [("Ayşe Yıldız", "ayse@example.test"), ("Çağrı Öztürk", "cagri@example.test")],
    "ja": [("田中 花子", "hanako@example.test"), ("鈴木 一郎", "ichiro@example.test")],
    "zh": [("王小明", "xiaoming@example.test"), ("李娜", "lina@example.test")],
    "ko": [("김민준", "minjun@example.test"), ("이서연", "seoyeon@example.test")],
    "ar": [("ليلى حداد", "layla@example.test"), ("عمر خليل", "omar@example.test")],
    "he": [("נועה כהן", "noa@example.test"), ("דוד לוי", "david@example.test")],
    "hi": [("अनिता शर्मा", "anita@example.test"), ("राजेश वर्मा", "rajesh@example.test")],
    "vi": [("Nguyễn Thị Hương", "huong@example.test"), ("Trần Văn Đức", "duc@example.test")],
}

CONVERSATIONS = [
    (
        "en",
        "us-ascii",
        "Bridge inspection in March",
        "Re: ",
        [
            "The inspection is planned for the second week of March. Could you bring the load tables?",
            "Yes, I have the tables. Which day suits you best?",
            "Wednesday morning. The site opens at eight.",
            "Wednesday it is. I attach the tables here so that you have them before.",
        ],
    ),
    (
        "en",
        "utf-8",
        "Release notes – draft 2",
        "RE: ",
        [
            "Here is the second draft. I moved the breaking changes to the top — please check the wording.",
            "Looks good. “Breaking” is a strong word for item 3, it only affects one flag.",
            "Fair point, I’ll call it “changed”. Shipping today 🚀",
        ],
    ),
    (
        "de",
        "iso-8859-1",
        "Angebot für die Brücke über die Döllnitz",
        "AW: ",
        [
            "anbei das Angebot. Die Maße habe ich noch einmal geprüft, sie stimmen nun überein.",
            "vielen Dank! Können wir über die Gebühren für die Genehmigung noch sprechen?",
            "Natürlich, am Dienstag um zehn Uhr? Ich rufe Sie an. Schöne Grüße",
        ],
    ),
    (
        "de",
        "iso-8859-15",
        "Rechnung über 1.250 €",
        "Aw: ",
        [
            "die Rechnung über 1.250 € ist heute angekommen, fällig ist sie am Monatsende.",
            "Danke, ich überweise den Betrag morgen.",
        ],
    ),
    (
        "fr",
        "iso-8859-1",
        "Réunion de l'équipe à Orléans",
        "RE: ",
        [
            "La réunion aura lieu à Orléans, près de la gare. Qui a déjà réservé son hôtel ?",
            "Moi, à côté de la cathédrale. Il reste des chambres, très agréables.",
            "Parfait, j'y vais aussi. À bientôt !",
        ],
    ),
    (
        "es",
        "windows-1252",
        "¿Cenamos el sábado?",
        "RE: ",
        [
            "¿Cenamos el sábado en el restaurante de la esquina? Tienen un menú nuevo.",
            "¡Claro que sí! ¿A qué hora? Mañana lo confirmo con los niños.",
        ],
    ),
    (
        "pl",
        "iso-8859-2",
        "Zdjęcia z wycieczki w góry",
        "Odp: ",
        [
            "Przesyłam zdjęcia z wycieczki. Pogoda była piękna, śnieg aż po kolana!",
            "Dziękuję! Najładniejsze jest to z żółtą kurtką na szczycie.",
        ],
    ),
    (
        "cs",
        "windows-1250",
        "Příští týden v Brně",
        "Re: ",
        [
            "Příští týden budu v Brně. Sejdeme se někde na oběd?",
            "Určitě, znám příjemnou kavárnu u nádraží. Ve středu ve dvanáct?",
        ],
    ),
    (
        "ru",
        "koi8-r",
        "Отчёт за второй квартал",
        "Re: ",
        [
            "Отчёт за второй квартал почти готов, не хватает только цифр по складу.",
            "Цифры пришлю сегодня вечером. Остальное выглядит хорошо.",
            "Спасибо! Тогда завтра отправляю его всем.",
        ],
    ),
    (
        "ru",
        "windows-1251",
        "Поездка на дачу",
        "Ответ: ",
        [
            "Мы едем на дачу в субботу утром. Есть два места в машине, поедете с нами?",
            "С удовольствием! Пирог возьмём с собой.",
        ],
    ),
    (
        "el",
        "iso-8859-7",
        "Εισιτήρια για τη Θεσσαλονίκη",
        "ΑΠ: ",
        [
            "Αγόρασα τα εισιτήρια για τη Θεσσαλονίκη. Φεύγουμε την Παρασκευή το πρωί.",
            "Τέλεια, ευχαριστώ πολύ! Θα είμαι στον σταθμό στις επτά.",
        ],
    ),
    (
        "tr",
        "iso-8859-9",
        "Toplantı değişikliği",
        "YNT: ",
        [
            "Toplantı yarın değil, perşembe günü öğleden sonra olacak. Uygun mu?",
            "Uygun, teşekkürler. Sunumu çarşamba akşamı göndereceğim.",
        ],
    ),
    (
        "ja",
        "iso-2022-jp",
        "来週の会議について",
        "Re: ",
        ["来週の会議ですが、火曜日の午後三時からでよろしいでしょうか。資料を添付します。", "承知しました。会議室を予約しておきます。", "ありがとうございます。よろしくお願いいたします。"],
    ),
    ("ja", "shift_jis", "お花見のお誘い", "RE: ", ["今度の土曜日、上野公園でお花見をしませんか。お弁当を用意します。", "ぜひ参加します。飲み物は私が持っていきます。"]),
    ("ja", "euc-jp", "請求書の件", "Re: ", ["請求書を拝受しました。月末までにお支払いいたします。"]),
    ("zh", "gb18030", "项目进度汇报", "回复：", ["项目本周的进度正常，测试已经完成百分之八十，请看附件。", "收到，谢谢。下周一我们开会讨论剩下的问题。"]),
    ("zh", "big5", "中秋節聚餐", "回覆：", ["中秋節晚上一起聚餐好嗎？我已經訂好了餐廳。", "好的，我會帶月餅過去。"]),
    ("ko", "euc-kr", "다음 주 출장 일정", "회신: ", ["다음 주 출장 일정을 보내 드립니다. 기차표는 이미 예약했습니다.", "감사합니다. 부산에서 뵙겠습니다."]),
    (
        "ar",
        "windows-1256",
        "موعد الاجتماع القادم",
        "رد: ",
        [
            "الاجتماع القادم يوم الأحد في الساعة العاشرة صباحا. هل يناسبك هذا الموعد؟",
            "نعم، مناسب جدا. سأرسل جدول الأعمال غدا.",
        ],
    ),
    (
        "he",
        "utf-8",
        "תמונות מהטיול",
        "תגובה: ",
        ["הנה התמונות מהטיול לגליל. היה מזג אוויר נהדר!", "תודה רבה! התמונה עם השקיעה מקסימה."],
    ),
    (
        "hi",
        "utf-8",
        "अगले सप्ताह की बैठक",
        "Re: ",
        [
            "अगले सप्ताह की बैठक सोमवार को सुबह दस बजे होगी। कृपया रिपोर्ट साथ लाएँ।",
            "ठीक है, रिपोर्ट तैयार है। धन्यवाद!",
        ],
    ),
    (
        "vi",
        "utf-8",
        "Kế hoạch du lịch Đà Nẵng",
        "Re: ",
        [
            "Mình đã xem vé máy bay đi Đà Nẵng, giá tháng sau rẻ hơn nhiều.",
            "Tuyệt quá! Đặt luôn nhé, khách sạn để mình lo.",
        ],
    ),
]

NEWSLETTERS = [
    ("The Weekly Bridge", "news@example.test", "Issue {n}: Steel, stone and snow"),
    ("Gazette des Ponts", "gazette@example.test", "Numéro {n} : l'été à vélo"),
    ("Nachrichten für Übersee", "nachrichten@example.test", "Ausgabe {n}: Frühling am Hafen"),
    ("Build Robot", "builds@example.test", "[ci] build {n} passed"),
    ("道のニュース", "michi@example.test", "第{n}号 春の散歩道"),
]

LINES = [
    "A new timber bridge opened last week after eighteen months of work.",
    "Der Hafen meldet die höchste Zahl an Besuchern seit zehn Jahren.",
    "Les cyclistes ont désormais leur propre passage au-dessus du fleuve.",
    "El puente romano cumple dos mil años y sigue en pie.",
    "新しい橋の上から富士山が見えるそうです。",
    "Readers write: which crossing is the most beautiful at night?",
    "Ticket sales start on Monday at nine o'clock.",
]

SPAM = [
    "You have WON!!! Claim your prize now",
    "Re: your invoice (urgent)",
    "Günstige Uhren – nur heute",
    "限时优惠 最后一天",
]
